using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class MedianIntervalTests
{
    /// <summary>
    /// Six: least and greatest miss the median in 1 of 32 cases, the second ones in 7 of 32; so a tenth of the way in
    /// chance, and 0.5 / 1.4 of the way in value. Ten: (0.025 - 11/1024) / (45/1024) of the way from second to third.
    /// </summary>
    [Theory]
    [InlineData(6, 3.5, 1.357142857)]
    [InlineData(10, 5.5, 2.657657658)]
    public void Bounds_lie_between_two_values_where_the_chance_is_95_percent(int count, double median, double low)
    {
        var interval = MedianInterval.Of([.. Enumerable.Range(1, count).Reverse().Select(value => (double)value)]);

        Assert.Equal(median, interval.Median);
        Assert.Equal(low, interval.Low, 9);
        Assert.Equal(count + 1 - low, interval.High, 9);
    }

    [Fact]
    public void A_thousand_values_are_no_trouble()
    {
        var interval = MedianInterval.Of([.. Enumerable.Range(1, 1000).Select(value => (double)value)]);

        // Tables of order statistics have 469 and 532.
        Assert.InRange(interval.Low, 469, 470);
        Assert.Equal(1001, interval.Low + interval.High, 9);
    }

    [Fact]
    public void Too_few_values_give_the_least_and_the_greatest() =>
        Assert.Equal(new MedianInterval(3, 1, 9), MedianInterval.Of([4, 9, 1, 3, 2]));

    [Fact]
    public void The_median_need_not_lie_in_the_middle()
    {
        var interval = MedianInterval.Of([1, 1, 1, 1, 1, 5, 9, 20, 40, 90, 200]);

        Assert.Equal(1, interval.Low);
        Assert.Equal(5, interval.Median);
        Assert.InRange(interval.High, 40, 90);
    }
}
