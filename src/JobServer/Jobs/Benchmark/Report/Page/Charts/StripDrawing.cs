using System.Text;

namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Turns a contender's rounds into path data.</summary>
/// <param name="size">Of a mark, in pixels; the more rounds there are, the smaller.</param>
internal sealed class StripDrawing(StripLayout layout, StripScale scale, Scale positions, double size, bool isByLatency)
{
    // Lines between more rounds than this are a grey area.
    private const int MostTraced = 120;

    public Strip Draw(Deviations deviations, double top)
    {
        var (plotTop, plotBottom) = (top + layout.PlotTop, top + layout.PlotTop + layout.PlotHeight);
        StringBuilder filled = new(),
            hollow = new(),
            rings = new(),
            crosses = new(),
            arrows = new();
        foreach (var round in deviations.Rounds)
        {
            var x = positions.Of(round.Position);
            if (round.Factor is not { } factor)
            {
                crosses.Append(Mark.Cross(x, plotBottom - 5, Math.Max(size, 4)));
                continue;
            }

            var y = YOf(factor, plotTop, plotBottom);
            (round.Counts ? filled : hollow).Append(deviations.Contender.Mark.At(x, y, size));
            if (round.Counts && round.Round.IsOutlier)
                rings.Append(Mark.Disc(x, y, size / 2 + 2.5));
            if (scale.Beyond(factor) is not 0 and var side)
                arrows.Append(Mark.Arrow(x, side > 0 ? plotTop - 6 : plotBottom + 6, -side));
        }

        return new Strip(
            deviations,
            top,
            Trace(deviations, plotTop, plotBottom),
            $"{filled}",
            $"{hollow}",
            $"{rings}",
            $"{crosses}",
            $"{arrows}",
            Farthest(deviations, plotTop, plotBottom)
        );
    }

    // Marks stay inside of their strip.
    private double YOf(double factor, double plotTop, double plotBottom) =>
        scale.Of(factor, plotTop + 5, plotBottom - 5);

    private string Trace(Deviations deviations, double plotTop, double plotBottom)
    {
        if (deviations.Rounds.Count > MostTraced)
            return "";
        var path = new StringBuilder();
        string? run = null;
        foreach (var round in deviations.Rounds.Where(round => round.Factor is not null))
        {
            var (x, y) = (positions.Of(round.Position), YOf(round.Factor!.Value, plotTop, plotBottom));
            path.Append(round.Round.Run == run ? 'L' : 'M').Append(Px.Of(x)).Append(',').Append(Px.Of(y));
            run = round.Round.Run;
        }

        return path.ToString();
    }

    private (double X, double Y, string Text, bool IsLeft)? Farthest(
        Deviations deviations,
        double plotTop,
        double plotBottom
    )
    {
        var beyond = deviations
            .Rounds.Where(round => round.Factor is { } factor && scale.Beyond(factor) != 0)
            .ToArray();
        if (beyond.Length == 0)
            return null;
        var farthest = beyond.MaxBy(round => Math.Abs(Math.Log(round.Factor!.Value)));
        var isLeft = positions.Of(farthest.Position) > (layout.PlotLeft + layout.PlotRight) / 2;
        var figure = farthest.Factor * deviations.Median;
        return (
            positions.Of(farthest.Position) + (isLeft ? -9 : 9),
            YOf(farthest.Factor!.Value, plotTop, plotBottom) + 4,
            isByLatency ? Figures.Seconds(figure) : Figures.PerSecond(figure),
            isLeft
        );
    }
}
