using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>What an interval says, given how much of a difference matters.</summary>
internal static class Verdict
{
    public const string Baseline = "baseline";
    public const string Faster = "faster";
    public const string Slower = "slower";
    public const string Same = "no practical difference";
    public const string Unknown = "not enough data";

    /// <summary>
    /// Faster where all of the interval lies above 1 + tolerance, slower where all of it lies below 1 / (1 + tolerance),
    /// the same where all of it lies within.
    /// </summary>
    /// <param name="ratio">Times as fast; null without any pair.</param>
    public static string Of(RatioReport? ratio, double tolerancePercent)
    {
        if (ratio is null || ratio.Pairs < MedianInterval.FewestValues)
            return Unknown;
        var most = 1 + (tolerancePercent / 100);
        var least = 1 / most;
        if (ratio.Low > most)
            return Faster;
        if (ratio.High < least)
            return Slower;
        return ratio.Low >= least && ratio.High <= most ? Same : Unknown;
    }
}
