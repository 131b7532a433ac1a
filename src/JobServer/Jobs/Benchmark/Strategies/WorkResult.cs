using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>What came of the work of a round.</summary>
/// <param name="Units">That succeeded.</param>
/// <param name="Latency">Of single units, those that failed too; null where the family has none.</param>
/// <param name="Errors">Units that failed, by code.</param>
/// <param name="Failure">Why the round counts for nothing; null when it does count.</param>
internal sealed record WorkResult(
    long Units,
    LatencyHistogram? Latency = null,
    IReadOnlyDictionary<string, long>? Errors = null,
    RoundFailure? Failure = null
);

/// <summary>Why a round came to nothing.</summary>
/// <param name="Detail">A sentence of ours.</param>
/// <param name="Host">The authority of the URL it is about; null where it is about none.</param>
internal sealed record RoundFailure(string Code, string Detail, string? Host = null)
{
    /// <summary>The code where strategies of a family do not come to the same.</summary>
    public const string ResultsDiffer = "results_differ";
}
