using System.Text.Json;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Benchmark;

/// <summary>
/// The body of a submission as the API's description shows it; it is read by
/// <see cref="Submitted.BenchmarkSubmission"/>.
/// </summary>
/// <param name="Strategies">1 to 20: each the name of a strategy, or an object with <c>strategy</c> and perhaps <c>name</c> and <c>concurrency</c>.</param>
/// <param name="Urls">What the strategies of the family io call; their hosts must be allowed for benchmarks.</param>
/// <param name="Load">Closed, each URL once a round, when left out.</param>
/// <param name="Check">body or status: which answers to the same URL count as the same. Default body.</param>
/// <param name="Numbers">The strategies of the family cpu compute for 1 to this number. Default 10,000; 1 to 100,000.</param>
/// <param name="Delays">Of a round of the family delay. Default 20; 1 to 100,000.</param>
/// <param name="Delay">Each of those. Default 10 ms; 1 ms to 10 s.</param>
/// <param name="Concurrency">Calls or delays at once, of strategies that say nothing else. Default 10.</param>
/// <param name="Rounds">Measured, of each strategy. Default 20; 1 to 1000.</param>
/// <param name="Warmup">Rounds of each strategy that do not count. Default 3; 0 to 100.</param>
/// <param name="Baselines">Name of the baseline, by family. Default the sequential strategy, else the first.</param>
/// <param name="TolerancePercent">A difference up to this makes no practical difference. Default 5; 0.1 to 100.</param>
/// <param name="Thresholds">What must hold, or the job fails.</param>
/// <param name="Seed">Of the order of rounds. Left out: a random one, which the job shows.</param>
internal sealed record BenchmarkBody(
    IReadOnlyList<JsonElement> Strategies,
    IReadOnlyList<Uri>? Urls = null,
    LoadBody? Load = null,
    string Check = "body",
    int Numbers = 10_000,
    int Delays = 20,
    string Delay = "00:00:00.010",
    int Concurrency = 10,
    int Rounds = 20,
    int Warmup = 3,
    IReadOnlyDictionary<string, string>? Baselines = null,
    double TolerancePercent = 5,
    IReadOnlyList<ThresholdBody>? Thresholds = null,
    int? Seed = null,
    BenchmarkOptionsBody? Options = null
) : EnvelopeBody;

/// <summary>How calls come.</summary>
/// <param name="Model">closed: the next call starts when one ends; open: calls are due at a steady rate. Default closed.</param>
/// <param name="Rate">Calls due per second; of the open model alone.</param>
/// <param name="Requests">Calls of a round. Default each URL once.</param>
/// <param name="Duration">In place of their number: how long calls are started.</param>
internal sealed record LoadBody(
    string Model = "closed",
    double? Rate = null,
    int? Requests = null,
    string? Duration = null
);

/// <summary>A bound of a figure.</summary>
/// <param name="Metric">p50, p90, p95, p99, p999, max, mean (latency), wall, throughput, errorRate or ratio.</param>
/// <param name="Strategy">Left out: of every strategy that has the metric.</param>
/// <param name="Min">A duration in text, or a number.</param>
/// <param name="Max">A duration in text, or a number.</param>
internal sealed record ThresholdBody(
    string Metric,
    string? Strategy = null,
    JsonElement? Min = null,
    JsonElement? Max = null
);

/// <summary>Limits of the job and its calls.</summary>
/// <param name="ItemTimeout">Bounds one call. Default 10 s; 0.1 s to 10 min.</param>
/// <param name="MaxBodyBytes">Of an answer, after decompression. Default 1 MiB; 1 B to 64 MiB.</param>
/// <param name="JobTimeout">Default and most: what the server allows, 10 min when left alone.</param>
internal sealed record BenchmarkOptionsBody(
    string ItemTimeout = "00:00:10",
    int MaxBodyBytes = 1 << 20,
    string? JobTimeout = null
);
