namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Makes the line that a report has of a round.</summary>
internal static class RoundReports
{
    /// <summary>Not judged yet.</summary>
    public static RoundReport Of(RecordedRound recorded)
    {
        var round = recorded.Round;
        return new RoundReport(
            recorded.Seq,
            recorded.Block,
            recorded.Strategy,
            round?.Run,
            round?.StartedAt,
            round?.Wall,
            // Nothing in no time at all is not a number, and JSON has none for it.
            round is { } measured
            && double.IsFinite(measured.Throughput)
                ? measured.Throughput
                : null,
            round?.Latency?.P50,
            round?.Latency?.P95,
            round?.Errors ?? 0,
            IsOutlier: false,
            LeftOut: null
        );
    }
}
