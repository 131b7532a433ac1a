using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>Figures of a few measurements, one a round.</summary>
internal static class Samples
{
    /// <summary>Of all of them; null while there is none.</summary>
    public static Distribution? Describe(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            return null;
        double[] sorted = [.. values.Order()];
        var mean = sorted.Average();
        var squares = sorted.Sum(value => (value - mean) * (value - mean));
        return new Distribution(
            sorted.Length,
            Quantile(sorted, 0.5),
            mean,
            sorted.Length < 2 ? null : Math.Sqrt(squares / (sorted.Length - 1)),
            Quantile(sorted, 0.5),
            Quantile(sorted, 0.9),
            Quantile(sorted, 0.95),
            Quantile(sorted, 0.99),
            Quantile(sorted, 0.999),
            sorted[^1]
        );
    }

    /// <summary>Null while there is none.</summary>
    public static double? Median(IReadOnlyCollection<double> values) =>
        values.Count == 0 ? null : Quantile([.. values.Order()], 0.5);

    /// <summary>
    /// Between the two values around the share, in proportion: definition 7 of R. J. Hyndman and Y. Fan, "Sample
    /// quantiles in statistical packages", The American Statistician 50 (1996), which R and NumPy default to.
    /// </summary>
    /// <param name="sorted">Rising; at least one.</param>
    /// <param name="share">0 to 1.</param>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        var place = (sorted.Length - 1) * share;
        var below = Math.Min((int)place, sorted.Length - 1);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
