using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Makes figures and a line of the latencies of all rounds together.</summary>
internal static class LatencyReports
{
    private static readonly double[] Percentiles =
    [
        0,
        10,
        20,
        30,
        40,
        50,
        60,
        70,
        80,
        90,
        95,
        99,
        99.5,
        99.9,
        99.99,
        99.999,
    ];

    /// <summary>Null without a single latency.</summary>
    public static LatencyReport? Of(LatencyHistogram? latency) =>
        latency is { Count: > 0 }
            ? new LatencyReport(
                latency.Count,
                latency.ValueAt(50)!.Value,
                latency.Mean!.Value,
                latency.StdDev,
                latency.ValueAt(50)!.Value,
                latency.ValueAt(90)!.Value,
                latency.ValueAt(95)!.Value,
                latency.ValueAt(99)!.Value,
                latency.ValueAt(99.9)!.Value,
                latency.ValueAt(100)!.Value,
                [.. CurveOf(latency)]
            )
            : null;

    /// <summary>Up to the last percentile that leaves a latency above it, and the greatest of all.</summary>
    private static IEnumerable<CurvePoint> CurveOf(LatencyHistogram latency) =>
        Percentiles
            .Where(percentile => latency.Count * (100 - (decimal)percentile) >= 100)
            .Append(100)
            .Select(percentile => new CurvePoint(percentile, latency.ValueAt(percentile)!.Value));
}
