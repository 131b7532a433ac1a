using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What a benchmark job found, or has found so far. All times are in seconds.</summary>
/// <param name="Environment">Of the last run; null before the first round.</param>
/// <param name="Runs">More than one where a host was stopped or killed on the way.</param>
/// <param name="Request">The settings, defaults filled in: sent again, they give the same benchmark.</param>
/// <param name="Rounds">All that were recorded, in the order in which they ran.</param>
/// <param name="Notes">What a reader should know before trusting a figure, as sentences.</param>
/// <param name="Comparison">With another job; null when none was asked for.</param>
internal sealed record BenchmarkReport(
    ReportedJob Job,
    RunEnvironment? Environment,
    IReadOnlyList<ReportedRun> Runs,
    JsonElement Request,
    IReadOnlyList<FamilyReport> Families,
    IReadOnlyList<ThresholdReport> Thresholds,
    IReadOnlyList<RoundReport> Rounds,
    Isolation Isolation,
    IReadOnlyList<string> Notes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ComparisonReport? Comparison = null
);

/// <summary>The job that was reported on.</summary>
/// <param name="Recorded">Items that are done, of <paramref name="Total"/>.</param>
internal sealed record ReportedJob(
    Guid Id,
    string State,
    IReadOnlyList<string> Tags,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Recorded,
    int Total
);

/// <summary>A process that measured rounds, from its warm-up on.</summary>
/// <param name="Rounds">That it recorded.</param>
internal sealed record ReportedRun(string Run, DateTimeOffset StartedAt, int Rounds, RunEnvironment? Environment);

/// <summary>Strategies that did the same work.</summary>
/// <param name="Baseline">Name of the strategy that the others are compared with.</param>
/// <param name="ComparedBy"><c>throughput</c>, or <c>p95</c> latency where calls came at a fixed rate.</param>
/// <param name="Fastest">The best one, then those that are not slower than it; empty while that cannot be told.</param>
internal sealed record FamilyReport(
    string Name,
    string Baseline,
    string ComparedBy,
    IReadOnlyList<string> Fastest,
    IReadOnlyList<StrategyReport> Strategies
);

/// <summary>What one strategy did.</summary>
/// <param name="Type">The type, such as <c>io-async</c>; <paramref name="Name"/> is the contender's.</param>
/// <param name="Rounds">That count.</param>
/// <param name="LeftOut">That were recorded and do not count, or failed.</param>
/// <param name="Outliers">Of those that count, beyond 1.5 interquartile ranges (Tukey's fences) of what they are compared by; they stay in.</param>
/// <param name="Throughput">Units per second, the median of its rounds.</param>
/// <param name="Wall">Wall time of a round.</param>
/// <param name="Latency">Of all calls or delays of its rounds together; null for <c>cpu</c>.</param>
/// <param name="CpuSeconds">Of a round, median; of the whole process.</param>
/// <param name="AllocatedBytes">In a round, median; by the whole process.</param>
/// <param name="Collections">In its rounds together, of generation 0, 1 and 2.</param>
/// <param name="PeakThreads">The most seen in any round.</param>
/// <param name="Errors">Failed calls of its rounds together.</param>
/// <param name="Ratio">How many times as fast as the baseline; null for the baseline itself, or without a pair of rounds.</param>
/// <param name="Verdict">baseline, faster, slower, no practical difference, or not enough data.</param>
/// <param name="Explanation">The verdict in a sentence, with its figures.</param>
internal sealed record StrategyReport(
    string Name,
    string Type,
    int Concurrency,
    int Rounds,
    int LeftOut,
    int Outliers,
    double? Throughput,
    Distribution? Wall,
    LatencyReport? Latency,
    double? CpuSeconds,
    double? AllocatedBytes,
    IReadOnlyList<int> Collections,
    int PeakThreads,
    long Errors,
    IReadOnlyDictionary<string, long> ErrorCodes,
    RatioReport? Ratio,
    string Verdict,
    string Explanation
);

/// <summary>A set of measurements. <paramref name="StdDev"/> is that of the sample, null for a single one.</summary>
/// <remarks>
/// Percentiles of rounds lie between two of them in proportion (definition 7 of Hyndman and Fan, 1996); those of latencies
/// are the nearest rank, to three significant digits.
/// </remarks>
internal record Distribution(
    long Count,
    double Median,
    double Mean,
    double? StdDev,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double Max
);

/// <summary>Latencies, with the line a chart of them draws.</summary>
/// <param name="Curve">Points of percentile (0 to 100) and latency, rising.</param>
internal sealed record LatencyReport(
    long Count,
    double Median,
    double Mean,
    double? StdDev,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double Max,
    IReadOnlyList<CurvePoint> Curve
) : Distribution(Count, Median, Mean, StdDev, P50, P90, P95, P99, P999, Max);

internal readonly record struct CurvePoint(double Percentile, double Seconds);

/// <summary>
/// A ratio with its confidence interval of 95 %. Within a job it is the median over the blocks of the ratio of two rounds of
/// the same block; of two jobs it is the ratio of their medians.
/// </summary>
/// <param name="Low">With fewer than 6 pairs, which no such interval can be had from, the least of them.</param>
/// <param name="High">The same, the greatest.</param>
/// <param name="Pairs">Blocks it was taken from; for a comparison of two jobs, the smaller number of rounds.</param>
internal sealed record RatioReport(double Value, double Low, double High, int Pairs);

/// <summary>What came of a threshold.</summary>
/// <param name="Value">Of the metric; null while there is none.</param>
/// <param name="Passed">Null while it is not judged.</param>
internal sealed record ThresholdReport(
    string Metric,
    string Strategy,
    double? Min,
    double? Max,
    double? Value,
    bool? Passed
);

/// <summary>One round of the report's chart over time. Of a failed one nothing is known but that it failed.</summary>
/// <param name="Run">Null for a failed round, as are all its figures.</param>
/// <param name="LeftOut">Why it does not count, as a few words; null when it does.</param>
internal sealed record RoundReport(
    int Seq,
    int Block,
    string Strategy,
    string? Run,
    DateTimeOffset? StartedAt,
    double? Wall,
    double? Throughput,
    double? P50,
    double? P95,
    long Errors,
    bool IsOutlier,
    string? LeftOut
);

/// <summary>What else went on.</summary>
/// <param name="Busy">Other queues whose jobs ran on the same machine during some round.</param>
/// <param name="BusyRounds">Left out for that.</param>
/// <param name="BrokenRounds">Left out because no single process completed their block.</param>
/// <param name="FailedRounds">That came to nothing.</param>
internal sealed record Isolation(IReadOnlyList<string> Busy, int BusyRounds, int BrokenRounds, int FailedRounds);

/// <summary>This job beside another one.</summary>
/// <param name="Notes">What differs beside the strategies, as sentences.</param>
internal sealed record ComparisonReport(
    ReportedJob With,
    RunEnvironment? Environment,
    IReadOnlyList<string> Notes,
    IReadOnlyList<ComparedStrategy> Strategies
);

/// <summary>A strategy that both jobs have, by name, type and family.</summary>
/// <param name="Throughput">Of this job; <paramref name="Other"/> is the other's.</param>
/// <param name="Ratio">How many times as fast as in the other job; null where they did other work, or too little.</param>
/// <param name="Verdict">Of this job against the other: faster, slower, no practical difference, not enough data.</param>
internal sealed record ComparedStrategy(
    string Family,
    string Name,
    double? Throughput,
    double? Other,
    double? P95,
    double? OtherP95,
    RatioReport? Ratio,
    string Verdict,
    string Explanation
);
