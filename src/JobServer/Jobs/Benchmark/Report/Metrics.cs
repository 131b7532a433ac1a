namespace JobServer.Jobs.Benchmark.Report;

/// <summary>A figure of a contender that a threshold can be set on.</summary>
/// <param name="IsDuration">In seconds; thresholds are written as durations.</param>
/// <param name="NeedsLatency">Not of the family <c>cpu</c>, which has no single calls.</param>
/// <param name="Unit">Behind the number in a sentence; empty for a plain number.</param>
/// <param name="Of">Null while there is none.</param>
internal sealed record Metric(
    string Name,
    bool IsDuration,
    bool NeedsLatency,
    string Unit,
    Func<StrategyReport, double?> Of
);

/// <summary>All metrics, by name.</summary>
internal static class Metrics
{
    private static readonly Metric[] All =
    [
        Latency("p50", latency => latency.P50),
        Latency("p90", latency => latency.P90),
        Latency("p95", latency => latency.P95),
        Latency("p99", latency => latency.P99),
        Latency("p999", latency => latency.P999),
        Latency("max", latency => latency.Max),
        Latency("mean", latency => latency.Mean),
        new("wall", IsDuration: true, NeedsLatency: false, " s", strategy => strategy.Wall?.Median),
        new("throughput", IsDuration: false, NeedsLatency: false, " per second", strategy => strategy.Throughput),
        new("errorRate", IsDuration: false, NeedsLatency: false, "", ErrorRate),
        new("ratio", IsDuration: false, NeedsLatency: false, "", strategy => strategy.Ratio?.Value),
    ];

    public static readonly IReadOnlyList<string> Names = [.. All.Select(metric => metric.Name)];

    /// <summary>Null for a name that is none.</summary>
    public static Metric? Find(string name) => Array.Find(All, metric => metric.Name == name);

    private static Metric Latency(string name, Func<LatencyReport, double> figure) =>
        new(
            name,
            IsDuration: true,
            NeedsLatency: true,
            " s",
            strategy => strategy.Latency is { } latency ? figure(latency) : null
        );

    /// <summary>Failed calls among all, 0 to 1; latencies count both. Computing does not fail.</summary>
    private static double? ErrorRate(StrategyReport strategy) =>
        strategy switch
        {
            { Rounds: 0 } => null,
            { Latency.Count: var calls and > 0 } => (double)strategy.Errors / calls,
            _ => 0,
        };
}
