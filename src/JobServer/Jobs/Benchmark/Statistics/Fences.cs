namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>
/// Between these lie ordinary values: 1.5 interquartile ranges around the quartiles (J. W. Tukey, Exploratory Data
/// Analysis, 1977).
/// </summary>
internal readonly record struct Fences(double Low, double High)
{
    private const int FewestValues = 4;

    /// <summary>With fewer than four values every one is ordinary.</summary>
    public static Fences Of(IReadOnlyCollection<double> values)
    {
        if (values.Count < FewestValues)
            return new Fences(double.NegativeInfinity, double.PositiveInfinity);
        double[] sorted = [.. values.Order()];
        var (first, third) = (Samples.Quantile(sorted, 0.25), Samples.Quantile(sorted, 0.75));
        var reach = 1.5 * (third - first);
        return new Fences(first - reach, third + reach);
    }

    public bool IsOutlier(double value) => value < Low || value > High;
}
