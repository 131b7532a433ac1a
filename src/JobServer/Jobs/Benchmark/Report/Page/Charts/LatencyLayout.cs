namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Where the parts of the chart of latencies stand, for a wide page and for a narrow one. In pixels.</summary>
/// <param name="NameLeft">Left end of the names beside the lines; null where they stand in a list under the chart.</param>
internal sealed record LatencyLayout(
    string Variant,
    double Width,
    double PlotLeft,
    double PlotRight,
    double? NameLeft,
    double PlotHeight,
    double LeastPitch
)
{
    public static LatencyLayout Wide { get; } = new("wide", 920, 66, 676, 704, PlotHeight: 320, LeastPitch: 18);

    public static LatencyLayout Narrow { get; } = new("narrow", 360, 54, 350, null, PlotHeight: 240, LeastPitch: 18);

    public static IReadOnlyList<LatencyLayout> Both { get; } = [Wide, Narrow];
}
