using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>A run of a lane whose items are run chunk by chunk and recorded in runs of consecutive ones.</summary>
internal sealed class BatchLaneRun(
    LaneKey lane,
    LaneStart start,
    IBatchHandler handler,
    LanePace pace,
    LaneServices services,
    JobWatch.Watch watch
) : LaneRun<OutputRun>(lane, start, services.Outputs, pace, services, watch)
{
    private const int MaxClaimed = 32;

    // Chunks that are done in less are claimed several at once; slow ones are left to the other lanes.
    private static readonly TimeSpan ClaimFor = TimeSpan.FromMilliseconds(50);

    protected override async Task RunItemsAsync(CancellationToken stop)
    {
        for (var limit = 1; !IsSliceOver(); )
        {
            var begun = Services.Time.GetTimestamp();
            var chunks = await ClaimAsync(limit, stop);
            if (chunks.Count == 0)
                return;
            await RunAsync(chunks, stop);
            limit =
                Services.Time.GetElapsedTime(begun) < ClaimFor
                    ? Math.Min(limit * 2, MaxClaimed)
                    : Math.Max(limit / 2, 1);
        }
    }

    protected override Task ComeHomeAsync() => Task.CompletedTask;

    protected override void OnTaken(IReadOnlyList<OutputRun> group)
    {
        foreach (var run in group)
            handler.Taken(run);
    }

    private async Task RunAsync(IReadOnlyList<ClaimedChunk> chunks, CancellationToken stop)
    {
        // One that was begun before goes alone: should it bring the process down, no other one is blamed.
        if (chunks.All(chunk => chunk.Epoch == 1))
        {
            await RecordAsync(handler.RunAsync(chunks, stop), stop);
            return;
        }

        foreach (var chunk in chunks)
        {
            if (IsSliceOver())
                return;
            if (await BeginAsync(chunk, stop))
                await RecordAsync(handler.RunAsync([chunk], stop), stop);
        }
    }

    private async Task RecordAsync(IAsyncEnumerable<OutputRun> runs, CancellationToken stop)
    {
        await foreach (var run in runs.WithCancellation(stop))
        {
            await Committer.AddAsync(run);
            if (IsSliceOver())
                return;
            await Committer.WaitForRoomAsync(stop);
        }
    }
}
