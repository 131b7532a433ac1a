namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>One contender's rounds in the order in which they ran, as path data.</summary>
/// <param name="Top">Of the whole strip.</param>
/// <param name="Trace">The line from round to round; it breaks where another run begins.</param>
/// <param name="Filled">Rounds that count.</param>
/// <param name="Hollow">Rounds that are left out.</param>
/// <param name="Rings">Around outliers.</param>
/// <param name="Crosses">Rounds that came to nothing.</param>
/// <param name="Arrows">At those beyond the axis.</param>
/// <param name="Farthest">The one that is farthest beyond; null without any.</param>
internal sealed record Strip(
    Deviations Deviations,
    double Top,
    string Trace,
    string Filled,
    string Hollow,
    string Rings,
    string Crosses,
    string Arrows,
    (double X, double Y, string Text, bool IsLeft)? Farthest
);

/// <summary>Where another process took over.</summary>
/// <param name="Name">Such as <c>run 2, 10:31 UTC</c>.</param>
internal readonly record struct RunStart(double X, string Name, bool IsLeft);

/// <summary>The rounds of a family: a strip for each contender, one under another.</summary>
internal sealed record Strips(
    StripLayout Layout,
    StripScale Scale,
    Scale Positions,
    IReadOnlyList<Strip> All,
    IReadOnlyList<RunStart> RunStarts
)
{
    private const double AxisHeight = 46;
    private const double RunNames = 20;

    public double Top => RunStarts.Count == 0 ? 0 : RunNames;

    public double Bottom => Top + All.Count * Layout.Pitch;

    public double Height => Bottom + AxisHeight;

    public static Strips Of(FamilyView family, StripLayout layout)
    {
        var deviations = Deviations.Of(family);
        var scale = StripScale.Of(deviations, family.Tolerance);
        var positions = new Scale(
            1,
            Math.Max(family.Rounds.Count, 2),
            layout.PlotLeft + 6,
            layout.PlotRight - 6,
            IsLog: false
        );
        var starts = RunStartsOf(family, positions, layout).ToArray();
        var top = starts.Length == 0 ? 0 : RunNames;
        var most = deviations.Max(one => one.Rounds.Count);
        var size = Math.Clamp((layout.PlotRight - layout.PlotLeft) / Math.Max(most, 1) * 0.7, 2, 7);
        var drawing = new StripDrawing(layout, scale, positions, size, family.IsByLatency);
        var strips = deviations.Select((one, index) => drawing.Draw(one, top + index * layout.Pitch));
        return new Strips(layout, scale, positions, [.. strips], starts);
    }

    private static IEnumerable<RunStart> RunStartsOf(FamilyView family, Scale positions, StripLayout layout)
    {
        var runs = family.Runs.Select(run => run.Run).ToArray();
        string? run = null;
        foreach (var (i, round) in family.Rounds.Index())
        {
            // Of one that came to nothing nobody knows.
            if (round.StartedAt is not { } started || round.Run == run)
                continue;
            var isFirst = run is null;
            run = round.Run;
            if (isFirst)
                continue;
            var x = positions.Of(i + 0.5);
            var name = $"run {Array.IndexOf(runs, round.Run) + 1}, {started.UtcDateTime:HH:mm} UTC";
            yield return new RunStart(x, name, x > (layout.PlotLeft + layout.PlotRight) / 2);
        }
    }
}
