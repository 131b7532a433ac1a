using JobServer.Jobs.Benchmark.Report.Page;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0.1211, "121 ms")]
    [InlineData(0.0000123, "12.3 µs")]
    [InlineData(1.2, "1.20 s")]
    [InlineData(0.99996, "1.00 s")]
    [InlineData(0.00099996, "1.00 ms")]
    [InlineData(2400, "2,400 s")]
    [InlineData(4.2e-8, "42.0 ns")]
    [InlineData(0, "0 s")]
    [InlineData(double.NaN, "–")]
    public void Seconds_take_the_unit_that_makes_them_short(double seconds, string expected) =>
        Assert.Equal(expected, Figures.Seconds(seconds).Replace('\u00A0', ' '));

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(1234567, "1.18 MiB")]
    [InlineData(8589934592, "8.00 GiB")]
    public void Bytes_are_counted_in_powers_of_1024(double bytes, string expected) =>
        Assert.Equal(expected, Figures.Bytes(bytes).Replace('\u00A0', ' '));

    [Theory]
    [InlineData(12345.6, "12,346")]
    [InlineData(9.996, "10.0")]
    [InlineData(0.8104, "0.810")]
    [InlineData(0.000497, "0.000497")]
    [InlineData(-2.5, "-2.50")]
    [InlineData(0, "0")]
    public void Three_digits_count(double value, string expected) => Assert.Equal(expected, Figures.Significant(value));

    [Theory]
    [InlineData(1.2, "1.2")]
    [InlineData(1000, "1,000")]
    [InlineData(5, "5")]
    public void Ticks_end_in_no_zero_after_the_point(double value, string expected) =>
        Assert.Equal(expected, Figures.Short(value));

    [Fact]
    public void Nothing_is_a_dash() =>
        Assert.Equal(
            ["–", "–", "–", "–"],
            [Figures.Seconds(null), Figures.Bytes(null), Figures.PerSecond(null), Figures.Interval(null)]
        );

    [Theory]
    [InlineData("p95", "200 ms")]
    [InlineData("throughput", "0.200/s")]
    [InlineData("ratio", "0.200×")]
    [InlineData("allocatedBytes", "0 B")]
    [InlineData("errorPercent", "0.2 %")]
    [InlineData("errors", "0.2")]
    public void Threshold_is_told_in_the_unit_of_its_metric(string metric, string expected) =>
        Assert.Equal(expected, MetricText.Of(metric, 0.2).Replace('\u00A0', ' '));
}
