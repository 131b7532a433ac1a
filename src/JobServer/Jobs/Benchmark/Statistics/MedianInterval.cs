namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>A median and its confidence interval of 95 %, by the bootstrap.</summary>
/// <remarks>
/// Were the values drawn anew, with replacement, over and over again, the medians of the draws would spread as the median
/// itself does; the interval holds all of them but the outer ones on either side. Of a median that spread is known
/// exactly, so nothing need be drawn: B. Efron, "Bootstrap methods: another look at the jackknife", The Annals of
/// Statistics 7 (1979), section 3. Of an even number of values, whose middle has two, the outer one bounds each side.
/// Of few values the plain percentiles cover less than they say (87 % with seven), so they are widened as T. C. Hesterberg,
/// "What teachers should know about the bootstrap", The American Statistician 69 (2015), says.
/// </remarks>
internal readonly record struct MedianInterval(double Median, double Low, double High)
{
    /// <summary>With fewer, the least and the greatest of them enclose the median with a chance of less than 95 %.</summary>
    public const int FewestValues = 6;

    /// <summary>With fewer values than it takes: from the least to the greatest.</summary>
    /// <param name="values">At least one.</param>
    public static MedianInterval Of(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        var rank = Rank(sorted.Length);
        return new MedianInterval(Samples.Quantile(sorted, 0.5), sorted[rank - 1], sorted[^rank]);
    }

    /// <summary>The how-manieth values from either end the bounds are.</summary>
    private static int Rank(int count)
    {
        if (count < FewestValues)
            return 1;
        var beyond = Tails.Normal(Math.Sqrt(count / (count - 1.0)) * Tails.StudentQuantile(count - 1));
        // The first value below or at which more of the medians lie than are left out.
        var (rank, atMost) = (1, count / 2);
        while (rank < atMost)
        {
            var tried = (rank + atMost) / 2;
            if (Tails.Binomial(count, tried / (double)count, (count + 1) / 2) > beyond)
                atMost = tried;
            else
                rank = tried + 1;
        }

        return rank;
    }
}
