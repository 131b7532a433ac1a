using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs.Benchmark;

/// <summary>One measured round as it is recorded: the value of its item. Times in seconds.</summary>
internal sealed record Round
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The contender's name.</summary>
    public required string Strategy { get; init; }

    public required string Family { get; init; }

    /// <summary>From 0; each strategy has one round in every block.</summary>
    public required int Block { get; init; }

    /// <summary>Of the process that measured it, from its warm-up on; another one cannot be compared within a block.</summary>
    public required string Run { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the first unit's start to the last one's end.</summary>
    public required double Wall { get; init; }

    /// <summary>Calls that succeeded, numbers computed, or delays waited for.</summary>
    public required long Units { get; init; }

    /// <summary>Units per second of wall time.</summary>
    public double Throughput => Wall > 0 ? Units / Wall : 0;

    /// <summary>Calls that failed.</summary>
    public long Errors { get; init; }

    /// <summary>Those by their code; null without any.</summary>
    public IReadOnlyDictionary<string, long>? ErrorCodes { get; init; }

    /// <summary>Of single calls and delays; null for the family <c>cpu</c>.</summary>
    public RoundLatency? Latency { get; init; }

    /// <summary>Processor time of the whole process meanwhile.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Bytes the whole process allocated meanwhile.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Collections meanwhile, of generation 0, 1 and 2.</summary>
    public IReadOnlyList<int> Collections { get; init; } = [0, 0, 0];

    /// <summary>The most threads the process was seen with.</summary>
    public int PeakThreads { get; init; }

    /// <summary>Other queues whose jobs ran on this machine meanwhile; the round is left out of comparisons.</summary>
    public IReadOnlyList<string> Busy { get; init; } = [];

    /// <summary>Where it was measured; in the first round that a run recorded.</summary>
    public RunEnvironment? Environment { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads back what <see cref="ToJson"/> wrote.</summary>
    public static Round Parse(byte[] json) => JsonSerializer.Deserialize<Round>(json, Json)!;
}

/// <summary>Latencies of one round, in seconds, of calls that succeeded and calls that failed alike.</summary>
/// <param name="Histogram">HdrHistogram V2, compressed, Base64; in units of 100 ns, three significant digits.</param>
internal sealed record RoundLatency(
    string Histogram,
    long Count,
    double Mean,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double Max
);

/// <summary>What a run was measured on.</summary>
/// <param name="Cpu">Model; null where the system does not tell.</param>
/// <param name="Cores">That the process may use.</param>
/// <param name="MemoryBytes">That the process may use.</param>
/// <param name="Limits">Of the container or the like, in words; null without any that is known.</param>
/// <param name="GcMode">Such as <c>server, concurrent</c>.</param>
/// <param name="MinPoolThreads">Below which the thread pool adds threads at once.</param>
/// <param name="TimerResolution">Seconds between two ticks of the clock that measures.</param>
internal sealed record RunEnvironment(
    string? Cpu,
    int Cores,
    long MemoryBytes,
    string? Limits,
    string Os,
    string Architecture,
    string Runtime,
    string GcMode,
    int MinPoolThreads,
    string VectorWidth,
    double TimerResolution,
    string Version,
    string Host
);
