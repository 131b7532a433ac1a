namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Where the parts of a ranking stand, for a wide page and for a narrow one. In pixels.</summary>
/// <param name="Variant">For ids and the style sheet.</param>
/// <param name="NameWidth">Room for a name.</param>
/// <param name="Ratio">Right end of the ratios.</param>
/// <param name="Interval">Left end of the intervals.</param>
/// <param name="Verdict">Left end of the verdicts.</param>
/// <param name="TextY">Baseline of a row's name, from the row's top.</param>
/// <param name="FiguresY">Baseline of its figures.</param>
/// <param name="DotY">Of its dot and whiskers.</param>
/// <param name="FieldTop">Of the part of a row that band and grid lie behind: never behind text.</param>
internal sealed record ForestLayout(
    string Variant,
    double Width,
    double NameWidth,
    double PlotLeft,
    double PlotRight,
    double Ratio,
    double Interval,
    double Verdict,
    double RowHeight,
    double TextY,
    double FiguresY,
    double DotY,
    double FieldTop,
    double FieldBottom,
    int Ticks
)
{
    public static ForestLayout Wide { get; } =
        new("wide", 920, 232, 244, 560, 626, 638, 744, RowHeight: 30, 19, 19, 15, FieldTop: 0, FieldBottom: 30, 7);

    public static ForestLayout Narrow { get; } =
        new("narrow", 360, 352, 8, 352, 52, 62, 170, RowHeight: 72, 16, 34, 54, FieldTop: 43, FieldBottom: 65, 5);

    public static IReadOnlyList<ForestLayout> Both { get; } = [Wide, Narrow];
}
