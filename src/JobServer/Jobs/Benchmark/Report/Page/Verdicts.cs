namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>The words of a verdict, as the report has them.</summary>
internal static class Verdicts
{
    public const string Baseline = "baseline";
    public const string Faster = "faster";
    public const string Slower = "slower";
    public const string Same = "no practical difference";
    public const string Unknown = "not enough data";

    /// <summary>A sign beside the word, for those who look along a column.</summary>
    public static string Sign(string verdict) =>
        verdict switch
        {
            Faster => "▲",
            Slower => "▼",
            Same => "=",
            Baseline => "·",
            _ => "?",
        };

    /// <summary>For the style sheet.</summary>
    public static string Class(string verdict) =>
        verdict switch
        {
            Faster => "verdict faster",
            Slower => "verdict slower",
            _ => "verdict",
        };
}
