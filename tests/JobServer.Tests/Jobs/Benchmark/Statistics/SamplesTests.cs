using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class SamplesTests
{
    /// <summary>The values of Hyndman and Fan's definition 7, as R and NumPy give them.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.9, 7.9)]
    [InlineData(0.95, 8.95)]
    [InlineData(1, 10)]
    public void A_quantile_lies_between_the_two_values_around_it(double share, double expected) =>
        Assert.Equal(expected, Samples.Quantile([1, 2, 3, 10], share), 12);

    [Fact]
    public void A_single_value_is_every_quantile() => Assert.Equal(7, Samples.Quantile([7], 0.999));

    [Fact]
    public void A_sample_is_described_whatever_its_order()
    {
        var distribution = Samples.Describe([4, 2, 9, 4, 5, 5, 7, 4])!;

        Assert.Equal(8, distribution.Count);
        Assert.Equal(4.5, distribution.Median);
        Assert.Equal(5, distribution.Mean);
        // 32 / 7: of the sample, not of a population.
        Assert.Equal(Math.Sqrt(32.0 / 7), distribution.StdDev!.Value, 12);
        Assert.Equal(4.5, distribution.P50);
        Assert.Equal(7.6, distribution.P90, 12);
        Assert.Equal(8.3, distribution.P95, 12);
        Assert.Equal(8.86, distribution.P99, 12);
        Assert.Equal(8.986, distribution.P999, 12);
        Assert.Equal(9, distribution.Max);
    }

    [Fact]
    public void One_value_has_no_deviation_and_none_has_nothing()
    {
        Assert.Null(Samples.Describe([3])!.StdDev);
        Assert.Equal(3, Samples.Describe([3])!.Mean);
        Assert.Null(Samples.Describe([]));
        Assert.Null(Samples.Median([]));
        Assert.Equal(2, Samples.Median([3, 1, 2]));
    }
}
