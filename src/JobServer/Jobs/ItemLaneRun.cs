using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>A run of a lane whose items are run and recorded one by one.</summary>
internal sealed class ItemLaneRun(
    LaneKey lane,
    LaneStart start,
    IItemHandler handler,
    LanePace pace,
    LaneServices services,
    JobWatch.Watch watch
) : LaneRun<ItemOutcome>(lane, start, services.Items, pace, services, watch)
{
    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    // One defect tends to hit many items.
    private const int LoggedDefects = 3;

    private readonly SemaphoreSlim _waiting = new(handler.MaxWaiting, handler.MaxWaiting);
    private int _defects;

    protected override async Task RunItemsAsync(CancellationToken stop)
    {
        var feed = new ItemFeed(IsSliceOver, ClaimOneAsync, OpenAsync);
        await Task.WhenAll(Enumerable.Range(0, handler.Runners).Select(_ => RunItemsAsync(feed, stop)));
    }

    protected override async Task ComeHomeAsync()
    {
        for (var i = 0; i < handler.MaxWaiting; i++)
            await _waiting.WaitAsync(CancellationToken.None);
    }

    private async Task<ClaimedChunk?> ClaimOneAsync(CancellationToken stop) =>
        await ClaimAsync(limit: 1, stop) is [var chunk] ? chunk : null;

    private async ValueTask<OpenChunk?> OpenAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        if (!await BeginAsync(chunk, stop))
            return null;
        var recorded =
            chunk.Recorded == 0
                ? None
                : await Services.Patience.RunAsync(
                    token => Services.Chunks.RecordedAsync(Lane.Job, chunk, token),
                    stop
                );
        return new OpenChunk(chunk, handler.OpenChunk(chunk.Input), recorded);
    }

    private async Task RunItemsAsync(ItemFeed feed, CancellationToken stop)
    {
        while (await feed.NextAsync(stop) is { } item)
        {
            await Committer.WaitForRoomAsync(stop);
            var begun = Services.Time.GetTimestamp();
            var run = item.Chunk.Items.Open(item.Index);
            ItemResult? result;
            try
            {
                result = await run.StartAsync(stop);
            }
            catch (Exception exception) when (!IsStop(exception, stop))
            {
                result = await DefectAsync(item, exception);
            }

            if (result is { } ended)
            {
                await RecordAsync(item, begun, ended);
                continue;
            }

            // It must wait before it goes on, and this runner will not wait for it: others are due.
            await _waiting.WaitAsync(stop);
            _ = GoOnAsync(item, begun, run, stop);
        }
    }

    private async Task GoOnAsync(FedItem item, long begun, IItemRun run, CancellationToken stop)
    {
        try
        {
            await RecordAsync(item, begun, await run.GoOnAsync(stop));
        }
        catch (Exception exception) when (!IsStop(exception, stop))
        {
            await RecordAsync(item, begun, await DefectAsync(item, exception));
        }
        catch (OperationCanceledException)
        {
            // Not recorded: it runs again, or is shown as not run.
        }
        finally
        {
            _waiting.Release();
        }
    }

    private static bool IsStop(Exception exception, CancellationToken stop) =>
        exception is OperationCanceledException && stop.IsCancellationRequested;

    private async Task<ItemResult> DefectAsync(FedItem item, Exception defect)
    {
        Services.Logger.ItemDefect(item.Seq, Lane.Job.Id, Start.Job.Kind, defect);
        if (Interlocked.Increment(ref _defects) <= LoggedDefects)
            await Services.History.ItemDefectAsync(Lane.Job, item.Seq, defect);
        var detail = $"A defect of this server ({defect.GetType().Name}); its log says more.";
        return ItemResult.Failure("internal_error", detail, host: null, attempts: 1);
    }

    private ValueTask RecordAsync(FedItem item, long begun, ItemResult ended) =>
        Committer.AddAsync(
            new ItemOutcome(
                item.Chunk.Claimed.ChunkNo,
                item.Chunk.Claimed.Epoch,
                item.Seq,
                ended.Value,
                ended.ErrorCode,
                ended.ErrorDetail,
                ended.ErrorHost,
                ended.Attempts,
                Services.Time.GetElapsedTime(begun).TotalMilliseconds
            )
        );
}
