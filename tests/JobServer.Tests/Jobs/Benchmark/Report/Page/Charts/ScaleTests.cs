using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class ScaleTests
{
    [Fact]
    public void Ends_fall_on_the_ends_and_halves_between_them()
    {
        var straight = new Scale(0, 10, 100, 300, IsLog: false);
        var powers = new Scale(1, 100, 300, 100, IsLog: true);

        Assert.Equal([100, 200, 300], new[] { 0.0, 5, 10 }.Select(straight.Of));
        Assert.Equal([300, 200, 100], new[] { 1.0, 10, 100 }.Select(value => Math.Round(powers.Of(value), 9)));
    }

    [Theory]
    [InlineData(-5, 100)]
    [InlineData(15, 300)]
    [InlineData(double.NaN, 300)]
    [InlineData(double.PositiveInfinity, 300)]
    public void What_lies_beyond_is_drawn_at_the_edge(double value, double pixel) =>
        Assert.Equal(pixel, new Scale(0, 10, 100, 300, IsLog: false).Of(value));

    [Theory]
    [InlineData(1, 5, false)]
    [InlineData(1, 5.1, true)]
    [InlineData(0.001, 2000, true)]
    public void Goes_by_powers_beyond_a_factor_of_five(double low, double high, bool isLog)
    {
        var scale = Scale.Covering([high, low], 0, 100);

        Assert.Equal(isLog, scale.IsLog);
        Assert.InRange(scale.Of(low), 1, 20);
        Assert.InRange(scale.Of(high), 80, 99);
    }

    [Fact]
    public void All_equal_values_stand_in_the_middle() =>
        Assert.Equal(50, Scale.Covering([3, 3, 3], 0, 100).Of(3), tolerance: 1e-6);

    [Fact]
    public void Nothing_and_zero_make_a_scale_too()
    {
        Assert.All(Scale.Covering([], 0, 100).Ticks(5), tick => Assert.True(double.IsFinite(tick)));
        Assert.All(Scale.Covering([0, double.NaN], 0, 100).Ticks(5), tick => Assert.True(double.IsFinite(tick)));
    }

    [Theory]
    [InlineData(0.93, 1.07, 7, "0.94 0.96 0.98 1 1.02 1.04 1.06")]
    [InlineData(0, 100, 5, "0 20 40 60 80 100")]
    [InlineData(1, 59, 8, "10 20 30 40 50")]
    public void Straight_ticks_are_round(double min, double max, int most, string expected) =>
        Assert.Equal(expected, Text(new Scale(min, max, 0, 1, IsLog: false).Ticks(most)));

    [Theory]
    [InlineData(0.8, 9.4, 7, "1 2 3 5 7")]
    [InlineData(0.9, 60, 7, "1 2 5 10 20 50")]
    [InlineData(0.9, 2900, 7, "1 3 10 30 100 300 1000")]
    [InlineData(0.9, 3000, 5, "1 10 100 1000")]
    [InlineData(0.000001, 1000, 5, "1E-06 0.0001 0.01 1 100")]
    public void Ticks_of_powers_are_few_and_round(double min, double max, int most, string expected) =>
        Assert.Equal(expected, Text(new Scale(min, max, 0, 1, IsLog: true).Ticks(most)));

    private static string Text(IEnumerable<double> ticks) =>
        string.Join(' ', ticks.Select(tick => Math.Round(tick, 9).ToString("G6")));
}
