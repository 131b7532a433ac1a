using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>A planned round whose item is recorded.</summary>
/// <param name="Strategy">The contender's name.</param>
/// <param name="Round">What was measured; null for one that failed.</param>
/// <param name="ErrorCode">Null unless it failed.</param>
internal sealed record RecordedRound(
    int Seq,
    int Block,
    string Strategy,
    Round? Round,
    string? ErrorCode,
    string? ErrorDetail
)
{
    /// <summary>Null for an item that is not a round.</summary>
    public static RecordedRound? Of(PlannedItem planned, RecordedItem item) =>
        planned is { Block: { } block, Strategy: { } strategy }
            ? new RecordedRound(
                item.Seq,
                block,
                strategy,
                item.Value is { } value ? Round.Parse(value) : null,
                item.ErrorCode,
                item.ErrorDetail
            )
            : null;
}
