namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Where the parts of the chart of rounds stand, for a wide page and for a narrow one. In pixels.</summary>
/// <param name="NameY">Baseline of a contender's name, from its strip's top.</param>
/// <param name="PlotTop">Of the plot, from the strip's top.</param>
/// <param name="Pitch">From one strip's top to the next.</param>
internal sealed record StripLayout(
    string Variant,
    double Width,
    double NameWidth,
    double NameY,
    double MedianY,
    double PlotLeft,
    double PlotRight,
    double PlotTop,
    double PlotHeight,
    double Pitch,
    int Ticks
)
{
    public static StripLayout Wide { get; } =
        new("wide", 920, 214, 20, 38, 244, 864, PlotTop: 4, PlotHeight: 46, Pitch: 62, Ticks: 8);

    public static StripLayout Narrow { get; } =
        new("narrow", 360, 330, 14, 31, 4, 306, PlotTop: 38, PlotHeight: 46, Pitch: 100, Ticks: 4);

    public static IReadOnlyList<StripLayout> Both { get; } = [Wide, Narrow];
}
