using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class VerdictTests
{
    /// <summary>With a tolerance of 25 % the same is all from 0.8 to 1.25, both included.</summary>
    [Theory]
    [InlineData(1.26, 1.4, "faster")]
    [InlineData(1.25, 1.4, "not enough data")]
    [InlineData(1.1, 1.25, "no practical difference")]
    [InlineData(0.8, 1.25, "no practical difference")]
    [InlineData(0.79, 1.25, "not enough data")]
    [InlineData(0.8, 1.26, "not enough data")]
    [InlineData(0.8, 0.9, "no practical difference")]
    [InlineData(0.7, 0.8, "not enough data")]
    [InlineData(0.7, 0.79, "slower")]
    [InlineData(0.5, 2, "not enough data")]
    public void It_takes_the_whole_interval(double low, double high, string expected) =>
        Assert.Equal(expected, Verdict.Of(new RatioReport((low + high) / 2, low, high, 6), 25));

    [Theory]
    [InlineData(5, "not enough data")]
    [InlineData(6, "faster")]
    public void Fewer_than_six_pairs_cannot_tell(int pairs, string expected) =>
        Assert.Equal(expected, Verdict.Of(new RatioReport(20, 19, 21, pairs), 5));

    [Fact]
    public void Without_a_pair_nothing_is_known() => Assert.Equal("not enough data", Verdict.Of(null, 5));
}
