using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs.Benchmark;

/// <summary>What a benchmark job compares, and how: the members of its submission, defaults filled in.</summary>
internal sealed record BenchmarkSettings
{
    private static readonly JsonSerializerOptions Json = new(JobArgs.Json)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>1 to 20, in the order given; names are unique.</summary>
    public required IReadOnlyList<StrategySettings> Strategies { get; init; }

    /// <summary>What the family <c>io</c> calls; empty without it. 1 to 10,000.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>How the family <c>io</c> is loaded.</summary>
    public LoadSettings Load { get; init; } = new();

    /// <summary>Which answers to the same URL count as the same. Default body.</summary>
    public AnswerCheck Check { get; init; } = AnswerCheck.Body;

    /// <summary>The family <c>cpu</c> computes for each number from 1 to this one. Default 10,000; 1 to 100,000.</summary>
    public int Numbers { get; init; } = 10_000;

    /// <summary>Delays of one round of the family <c>delay</c>. Default 20; 1 to 100,000.</summary>
    public int Delays { get; init; } = 20;

    /// <summary>Each of those. Default 10 ms; 1 ms to 10 s.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Measured rounds of each strategy. Default 20; 1 to 1000.</summary>
    public int Rounds { get; init; } = 20;

    /// <summary>Rounds of each strategy before those, not counted. Default 3; 0 to 100.</summary>
    public int Warmup { get; init; } = 3;

    /// <summary>The strategy the others of its family are compared with, by family.</summary>
    public required IReadOnlyDictionary<string, string> Baselines { get; init; }

    /// <summary>A difference up to this makes no practical difference. Default 5; 0.1 to 100.</summary>
    public double TolerancePercent { get; init; } = 5;

    public IReadOnlyList<ThresholdSettings> Thresholds { get; init; } = [];

    /// <summary>Of the order of rounds.</summary>
    public required int Seed { get; init; }

    /// <summary>Bounds one call, its body included. Default 10 s; 0.1 s to 10 min.</summary>
    public TimeSpan ItemTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a body after decompression. Default 1 MiB; 1 B to 64 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Counted from the job's start; rounds that are not done then fail with <c>timeout</c>.</summary>
    public required TimeSpan JobTimeout { get; init; }

    /// <summary>As stored with the job: <c>{"options": {…}}</c>.</summary>
    public byte[] ToArgs() => JsonSerializer.SerializeToUtf8Bytes(new StoredArgs { Options = this }, Json);

    /// <summary>Reads back what <see cref="ToArgs"/> wrote.</summary>
    public static BenchmarkSettings OfArgs(byte[] args) =>
        JobArgs.Read(args, static args => JsonSerializer.Deserialize<StoredArgs>(args, Json)!.Options);

    private sealed record StoredArgs
    {
        public required BenchmarkSettings Options { get; init; }
    }
}

/// <summary>One contender.</summary>
/// <param name="Name">What results and report call it.</param>
/// <param name="Strategy">The type, such as <c>io-async</c>.</param>
/// <param name="Concurrency">Calls, threads or delays at once; 1 where the type has no choice.</param>
internal sealed record StrategySettings(string Name, string Strategy, int Concurrency);

/// <summary>How calls come.</summary>
internal enum LoadModel
{
    /// <summary>The next call starts when one ends: as many in flight as the strategy allows.</summary>
    Closed,

    /// <summary>Calls are due at a steady rate, whether or not earlier ones have ended.</summary>
    Open,
}

/// <summary>The calls of one round.</summary>
internal sealed record LoadSettings
{
    public LoadModel Model { get; init; }

    /// <summary>Calls due per second; of the open model alone. 0.1 to 100,000.</summary>
    public double? Rate { get; init; }

    /// <summary>Calls of a round, over the URLs again and again. Null where the duration ends a round.</summary>
    public int? Requests { get; init; }

    /// <summary>After this no call of the round starts. Null where the count ends it.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Calls a round makes at most, whatever ends it.</summary>
    public int MaxRequests { get; init; }
}

/// <summary>When two answers to the same URL are the same.</summary>
internal enum AnswerCheck
{
    /// <summary>Same status and same bytes.</summary>
    Body,

    /// <summary>Same status.</summary>
    Status,
}

/// <summary>What a figure must keep to, or the job fails.</summary>
/// <param name="Metric">See <c>Metrics</c>.</param>
/// <param name="Strategy">Name of the contender.</param>
/// <param name="Min">In the unit of the metric (seconds for durations); null without a lower bound.</param>
/// <param name="Max">The same; null without an upper bound.</param>
internal sealed record ThresholdSettings(string Metric, string Strategy, double? Min, double? Max);
