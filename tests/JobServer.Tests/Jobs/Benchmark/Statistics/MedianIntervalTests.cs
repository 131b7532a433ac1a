using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class MedianIntervalTests
{
    /// <summary>
    /// Of ten values, 0.16 % of the bootstrap's medians are the first and 3.1 % the second, and 0.86 % are left out.
    /// </summary>
    [Theory]
    [InlineData(6, 3.5, 1)]
    [InlineData(7, 4, 1)]
    [InlineData(10, 5.5, 2)]
    [InlineData(20, 10.5, 6)]
    [InlineData(30, 15.5, 10)]
    public void Bounds_are_values_as_far_from_either_end(int count, double median, double low)
    {
        var interval = MedianInterval.Of([.. Enumerable.Range(1, count).Reverse().Select(value => (double)value)]);

        Assert.Equal(new MedianInterval(median, low, count + 1 - low), interval);
    }

    /// <summary>Drawn for real, as many of the medians lie beyond the bounds as the exact way says.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(25)]
    [InlineData(101)]
    public void Nothing_drawn_would_say_otherwise(int count)
    {
        const int draws = 20_000;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var rank = (int)MedianInterval.Of([.. Enumerable.Range(1, count).Select(value => (double)value)]).Low;

        var medians = Enumerable
            .Range(0, draws)
            .Select(_ => Enumerable.Range(0, count).Select(_ => random.Next(count) + 1).Order().ElementAt(count / 2))
            .ToList();

        foreach (var tried in new[] { rank - 1, rank })
        {
            var expected = Tails.Binomial(count, tried / (double)count, (count + 1) / 2);
            var seen = medians.Count(median => median <= tried) / (double)draws;
            // Six standard deviations.
            Assert.True(Math.Abs(seen - expected) < 6 * Math.Sqrt(expected / draws), $"{seen} {expected}, seed {seed}");
        }
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
