using System.Text;

namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>A contender's latencies over percentiles.</summary>
/// <param name="Line">As path data.</param>
/// <param name="Marks">On the line, at the percentiles that the tables have; as path data.</param>
/// <param name="LabelY">Where its name stands.</param>
internal sealed record LatencyLine(
    Contender Contender,
    string Line,
    string Marks,
    double EndX,
    double EndY,
    double LabelY
);

/// <summary>The latencies of a family, one line a contender.</summary>
internal sealed record Latencies(
    LatencyLayout Layout,
    NinesScale Percentiles,
    Scale Seconds,
    IReadOnlyList<LatencyLine> Lines
)
{
    public const double Top = 12;
    private const double AxisHeight = 46;
    private const double MarkSize = 7;

    public double Bottom => Top + Layout.PlotHeight;

    public double Height => Bottom + AxisHeight;

    public static Latencies Of(FamilyView family, LatencyLayout layout)
    {
        var contenders = family
            .Contenders.Where(contender => contender.Report.Latency is { Curve.Count: > 0 })
            .ToArray();
        var latencies = contenders.Select(contender => contender.Report.Latency!).ToArray();
        // Names of many contenders need room.
        layout = layout with
        {
            PlotHeight = Math.Max(layout.PlotHeight, contenders.Length * layout.LeastPitch),
        };
        var percentiles = new NinesScale(latencies.Max(latency => latency.Count), layout.PlotLeft, layout.PlotRight);
        var seconds = Scale.Covering(
            latencies.SelectMany(latency => latency.Curve.Select(point => point.Seconds).Append(latency.Max)),
            Top + layout.PlotHeight,
            Top
        );
        var ends = latencies.Select(latency => seconds.Of(latency.Max)).ToArray();
        var labels = Spread.Apart(ends, layout.LeastPitch, Top + 4, Top + layout.PlotHeight - 4);
        return new Latencies(
            layout,
            percentiles,
            seconds,
            [
                .. contenders.Select(
                    (contender, index) =>
                        new LatencyLine(
                            contender,
                            Line(latencies[index], percentiles, seconds),
                            Marks(contender.Mark, latencies[index], percentiles, seconds),
                            percentiles.Of(100, latencies[index].Count),
                            ends[index],
                            labels[index]
                        )
                ),
            ]
        );
    }

    private static string Line(LatencyReport latency, NinesScale percentiles, Scale seconds)
    {
        var path = new StringBuilder();
        var last = "";
        foreach (var (percentile, value) in latency.Curve.Append(new CurvePoint(100, latency.Max)))
        {
            var point = $"{Px.Of(percentiles.Of(percentile, latency.Count))},{Px.Of(seconds.Of(value))}";
            if (point != last)
                path.Append(path.Length == 0 ? 'M' : 'L').Append(point);
            last = point;
        }

        return path.ToString();
    }

    private static string Marks(Mark mark, LatencyReport latency, NinesScale percentiles, Scale seconds)
    {
        (double Percentile, double Seconds)[] points =
        [
            (50, latency.P50),
            (90, latency.P90),
            (99, latency.P99),
            (99.9, latency.P999),
            (100, latency.Max),
        ];
        var seen = points.Where(point => point.Percentile >= 100 || latency.Count * (100 - point.Percentile) >= 100);
        return string.Concat(
            seen.Select(point =>
                mark.At(percentiles.Of(point.Percentile, latency.Count), seconds.Of(point.Seconds), MarkSize)
            )
        );
    }
}
