namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>A ratio with its interval, as a row of a ranking.</summary>
/// <param name="Ratio">Null for the baseline, and where there is none.</param>
internal sealed record ForestRow(string Name, Mark Mark, RatioReport? Ratio, string Verdict)
{
    public bool IsBaseline => Verdict == Statistics.Verdict.Baseline;
}

/// <summary>Ratios one under another, the greatest first: each a dot with its interval, on one axis.</summary>
internal sealed record Forest(ForestLayout Layout, IReadOnlyList<ForestRow> Rows, Scale Scale, double Tolerance)
{
    private const double AxisHeight = 44;
    private const double HeadHeight = 26;

    public double Top => Layout.Variant == ForestLayout.Wide.Variant ? HeadHeight : 4;

    public double Bottom => Top + Rows.Count * Layout.RowHeight;

    public double Height => Bottom + AxisHeight;

    /// <summary>The band in which a ratio makes no practical difference, as path data.</summary>
    public string Band =>
        Fields(
            (top, bottom) =>
                $"M{Scale.Of(1 / (1 + Tolerance))},{top}H{Scale.Of(1 + Tolerance)}V{bottom}H{Scale.Of(1 / (1 + Tolerance))}Z"
        );

    public double RowTop(int row) => Top + row * Layout.RowHeight;

    /// <summary>A line at a ratio through all rows, as path data.</summary>
    public string Upright(double ratio) => Fields((top, bottom) => $"M{Scale.Of(ratio)},{top}V{bottom}");

    private string Fields(Func<double, double, PathText> part) =>
        string.Concat(
            Enumerable
                .Range(0, Rows.Count)
                .Select(row => part(RowTop(row) + Layout.FieldTop, RowTop(row) + Layout.FieldBottom).ToString())
        );

    public static Forest Of(IEnumerable<ForestRow> rows, double tolerance, ForestLayout layout)
    {
        // The baseline stands where its ratio of 1 does; what has none comes last.
        ForestRow[] sorted =
        [
            .. rows.OrderByDescending(row => row.IsBaseline ? 1 : row.Ratio?.Value ?? double.NegativeInfinity),
        ];
        var ratios = sorted.Select(row => row.Ratio).OfType<RatioReport>();
        var values = ratios.SelectMany(ratio => new[] { ratio.Low, ratio.Value, ratio.High });
        var scale = Scale.Covering([1 / (1 + tolerance), 1 + tolerance, .. values], layout.PlotLeft, layout.PlotRight);
        return new Forest(layout, sorted, scale, tolerance);
    }
}
