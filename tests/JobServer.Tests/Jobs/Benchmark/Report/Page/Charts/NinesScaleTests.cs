using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class NinesScaleTests
{
    [Fact]
    public void Each_further_nine_takes_the_same_room()
    {
        var scale = new NinesScale(10_000, 0, 400);

        Assert.Equal(
            [0, 100, 200, 300, 400],
            new[] { 0, 90, 99, 99.9, 99.99 }.Select(at => Math.Round(scale.OfTick(at), 6))
        );
    }

    [Fact]
    public void Maximum_stands_where_one_of_all_samples_does()
    {
        var scale = new NinesScale(10_000, 0, 400);

        Assert.Equal(400, scale.Of(100, 10_000), tolerance: 1e-6);
        Assert.Equal(200, scale.Of(100, 100), tolerance: 1e-6);
        Assert.Equal(200, scale.Of(99.99, 100), tolerance: 1e-6);
    }

    [Theory]
    [InlineData(1, "0 50 90")]
    [InlineData(999, "0 50 90 99")]
    [InlineData(1000, "0 50 90 99 99.9")]
    public void Only_percentiles_that_the_samples_tell_are_labelled(long count, string expected) =>
        Assert.Equal(expected, string.Join(' ', new NinesScale(count, 0, 400).Ticks));
}
