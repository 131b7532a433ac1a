using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>How a verdict looks.</summary>
internal static class Verdicts
{
    /// <summary>A sign beside the word, for those who look along a column.</summary>
    public static string Sign(string verdict) =>
        verdict switch
        {
            Verdict.Faster => "▲",
            Verdict.Slower => "▼",
            Verdict.Same => "=",
            Verdict.Baseline => "·",
            _ => "?",
        };

    /// <summary>For the style sheet.</summary>
    public static string Class(string verdict) =>
        verdict switch
        {
            Verdict.Faster => "verdict faster",
            Verdict.Slower => "verdict slower",
            _ => "verdict",
        };
}
