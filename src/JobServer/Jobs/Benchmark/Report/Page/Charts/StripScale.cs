namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>The one axis of deviations that all strips of a family share, so that their noise can be compared.</summary>
/// <param name="Low">Least factor of the median that is shown; what is beyond stands at the edge, with an arrow.</param>
/// <param name="High">The greatest.</param>
internal sealed record StripScale(double Low, double High)
{
    // A single wild round must not flatten all others.
    private const double MostStretch = 2;

    public static StripScale Of(IReadOnlyList<Deviations> strips, double tolerance)
    {
        var all = strips.SelectMany(strip => strip.Rounds).Where(round => round.Factor is not null).ToArray();
        var core = Around(all.Where(round => round.Counts && !round.Round.IsOutlier), 1.5 * tolerance);
        var full = Around(all, 1.5 * tolerance);
        return full.Length <= MostStretch * core.Length ? full : core;
    }

    private double Length => Math.Log(High / Low);

    /// <summary>-1 where a factor is under the axis, 1 where it is above.</summary>
    public int Beyond(double factor) =>
        factor < Low ? -1
        : factor > High ? 1
        : 0;

    /// <summary>The pixel of a factor between the two edges of a strip.</summary>
    public double Of(double factor, double top, double bottom) =>
        bottom + (top - bottom) * Math.Log(Math.Clamp(factor, Low, High) / Low) / Length;

    /// <summary>An end of the axis, such as <c>+12 %</c> or <c>3.2×</c>.</summary>
    public static string Name(double factor) =>
        factor is > 0.5 and < 2
            ? $"{(factor < 1 ? "−" : "+")}{Figures.Percent(Shown(Math.Abs(factor - 1) * 100))}"
            : $"{Figures.Short(Math.Round(factor, 2))}×";

    private static double Shown(double percent) => Math.Round(percent, percent < 10 ? 1 : 0);

    private static StripScale Around(IEnumerable<Deviation> rounds, double least)
    {
        var factors = rounds.Select(round => round.Factor!.Value).ToArray();
        var low = Math.Min(factors.DefaultIfEmpty(1).Min(), 1 / (1 + least));
        var high = Math.Max(factors.DefaultIfEmpty(1).Max(), 1 + least);
        return new StripScale(low / 1.01, high * 1.01);
    }
}
