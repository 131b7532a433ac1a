using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class FencesTests
{
    [Fact]
    public void They_stand_one_and_a_half_interquartile_ranges_around_the_quartiles()
    {
        // Quartiles 3 and 7.
        var fences = Fences.Of([9, 1, 2, 3, 4, 6, 5, 7, 8]);

        Assert.Equal(new Fences(-3, 13), fences);
        Assert.False(fences.IsOutlier(-3));
        Assert.False(fences.IsOutlier(13));
        Assert.True(fences.IsOutlier(-3.001));
        Assert.True(fences.IsOutlier(13.001));
    }

    [Fact]
    public void Of_three_values_none_is_an_outlier()
    {
        Assert.False(Fences.Of([1, 1, 1_000_000]).IsOutlier(1_000_000));
        Assert.True(Fences.Of([1, 1, 1, 1, 1_000_000]).IsOutlier(1_000_000));
    }
}
