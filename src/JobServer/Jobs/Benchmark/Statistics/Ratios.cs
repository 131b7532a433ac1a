using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>
/// How many times one thing is the other, with an interval. All of it is done with logarithms, so that exchanging the two
/// gives the reciprocal.
/// </summary>
internal static class Ratios
{
    /// <summary>The median of ratios that were each taken within a block; null without any.</summary>
    /// <param name="ratios">Above 0.</param>
    public static RatioReport? Paired(IReadOnlyCollection<double> ratios)
    {
        if (ratios.Count == 0)
            return null;
        var log = OfLogs(ratios);
        return new RatioReport(Math.Exp(log.Median), Math.Exp(log.Low), Math.Exp(log.High), ratios.Count);
    }

    /// <summary>
    /// The ratio of two medians that were taken apart from each other; null where one has no values. Their intervals are
    /// put together as G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in
    /// Medicine 27 (2008), do.
    /// </summary>
    /// <param name="over">Above 0.</param>
    /// <param name="under">Above 0.</param>
    public static RatioReport? Unpaired(IReadOnlyCollection<double> over, IReadOnlyCollection<double> under)
    {
        if (over.Count == 0 || under.Count == 0)
            return null;
        var (a, b) = (OfLogs(over), OfLogs(under));
        var difference = a.Median - b.Median;
        return new RatioReport(
            Math.Exp(difference),
            Math.Exp(difference - double.Hypot(a.Median - a.Low, b.High - b.Median)),
            Math.Exp(difference + double.Hypot(a.High - a.Median, b.Median - b.Low)),
            Math.Min(over.Count, under.Count)
        );
    }

    private static MedianInterval OfLogs(IReadOnlyCollection<double> values) =>
        MedianInterval.Of([.. values.Select(value => Math.Log(value))]);
}
