using System.Collections.Concurrent;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Why a run of a lane stopped claiming.</summary>
internal enum LaneEnd
{
    /// <summary>Nothing is left to claim.</summary>
    Exhausted,

    /// <summary>The slice is over; others wait.</summary>
    SliceOver,

    /// <summary>The job was paused, cancelled or finished by others.</summary>
    LetGo,

    /// <summary>The job's time is up.</summary>
    TimedOut,

    /// <summary>A newer attempt holds the chunks.</summary>
    Fenced,

    /// <summary>This server is stopping.</summary>
    Shutdown,
}

/// <summary>
/// One run of one lane: claims chunk after chunk as slots free up, runs their items, records the outcomes, until its
/// slice is over or nothing is left.
/// </summary>
internal sealed class LaneRun(
    LaneKey lane,
    LaneStart start,
    ILaneHandler handler,
    LaneServices services,
    JobWatch.Watch watch
)
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    // Times in a row that a chunk was begun again and recorded nothing: it brings down whoever runs it.
    private const int MaxStalls = 3;

    private readonly ConcurrentDictionary<int, (HeldChunk Chunk, int Pending)> _held = new();
    private readonly SemaphoreSlim _waiting = new(handler.MaxWaiting, handler.MaxWaiting);
    private readonly GroupCommitter _committer = new(services.Items, lane.Job, services.Patience, services.Time);
    private readonly long _begun = services.Time.GetTimestamp();
    private int _lastClaimed = -1;
    private bool _sliceOver;

    /// <summary>Items recorded by this run.</summary>
    public int Recorded => _committer.Recorded;

    /// <summary>Late results of this run that the fence kept out.</summary>
    public int Prevented { get; private set; }

    /// <summary>This run recorded the job's last item.</summary>
    public bool FinishedJob { get; private set; }

    /// <summary>Runs until one of the ends; throws only what is a fault of ours, to be retried by Hangfire.</summary>
    public async Task<LaneEnd> RunAsync(CancellationToken shutdown)
    {
        using var timeLimit = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown, watch.LetGo, timeLimit.Token);
        await using var timer = start.TimeLeft is { } left ? TimerFor(timeLimit, left) : null;
        var committing = _committer.RunAsync(OnCommitted, CancellationToken.None);
        // A commit that fails for good must not leave items running whose outcomes nobody will take.
        _ = committing.ContinueWith(
            _ => stop.Cancel(),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        try
        {
            var feed = new ItemFeed(IsSliceOver, ClaimAsync, OpenAsync);
            await Task.WhenAll(Enumerable.Range(0, handler.Runners).Select(_ => RunItemsAsync(feed, stop.Token)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told apart below, once everything in flight has come home.
        }
        finally
        {
            await WaitForWaitingAsync();
            _committer.Complete();
            await committing;
        }

        return FinishedJob ? LaneEnd.Exhausted
            : timeLimit.IsCancellationRequested ? LaneEnd.TimedOut
            : watch.IsFenced ? LaneEnd.Fenced
            : shutdown.IsCancellationRequested ? LaneEnd.Shutdown
            : watch.LetGo.IsCancellationRequested ? LaneEnd.LetGo
            : _sliceOver ? LaneEnd.SliceOver
            : LaneEnd.Exhausted;
    }

    private ITimer TimerFor(CancellationTokenSource limit, TimeSpan left) =>
        services.Time.CreateTimer(
            _ => limit.Cancel(),
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan
        );

    private async Task<ClaimedChunk?> ClaimAsync(CancellationToken stop)
    {
        var chunk = await ClaimAsync(_lastClaimed, stop);
        if (chunk is null && _lastClaimed >= 0)
            chunk = await ClaimAsync(after: -1, stop);
        if (chunk is null)
            return null;
        var held = new HeldChunk(lane.Job, chunk.ChunkNo, chunk.Epoch);
        _held[chunk.ChunkNo] = (held, chunk.ItemCount - chunk.Recorded.Count);
        watch.Hold(held);
        _lastClaimed = chunk.ChunkNo;
        return chunk;
    }

    private Task<ClaimedChunk?> ClaimAsync(int after, CancellationToken stop) =>
        services.Patience.RunAsync(
            token => services.Chunks.ClaimAsync(lane, start.Epoch!.Value, after, [.. _held.Keys], token),
            stop
        );

    private bool IsSliceOver() => _sliceOver |= services.Time.GetElapsedTime(_begun) >= Slice;

    /// <summary>
    /// A chunk that was begun before says so in the ledger before its first item runs: should that item bring the
    /// process down again, the next claim will know. First claims are spared the extra write.
    /// </summary>
    private async ValueTask<IChunkItems?> OpenAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        if (chunk.Epoch > 1)
        {
            var stalls = await services.Patience.RunAsync(
                token => services.Chunks.BeginAgainAsync(lane.Job, chunk.ChunkNo, chunk.Epoch, token),
                stop
            );
            if (stalls > MaxStalls)
                await GiveUpAsync(chunk, stop);
            if (stalls is null or > MaxStalls)
                return null;
        }

        return handler.OpenChunk(chunk.Input);
    }

    private async Task RunItemsAsync(ItemFeed feed, CancellationToken stop)
    {
        while (await feed.NextAsync(stop) is { } item)
        {
            await _committer.WaitForRoomAsync(stop);
            var begun = services.Time.GetTimestamp();
            var run = item.Items.Open(item.Index);
            ItemResult? result;
            try
            {
                result = await run.StartAsync(stop);
            }
            catch (Exception exception) when (!IsStop(exception, stop))
            {
                result = Defect(item, exception);
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
            await RecordAsync(item, begun, Defect(item, exception));
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

    private ItemResult Defect(FedItem item, Exception defect)
    {
        services.Logger.ItemDefect(item.Seq, lane.Job.Id, start.Job.Kind, defect);
        var detail = $"A defect of this server ({defect.GetType().Name}); its log says more.";
        return ItemResult.Failure("internal_error", detail, host: null, attempts: 1);
    }

    private ValueTask RecordAsync(FedItem item, long begun, ItemResult ended) =>
        _committer.AddAsync(
            new ItemOutcome(
                item.Chunk.ChunkNo,
                item.Chunk.Epoch,
                item.Seq,
                ended.Value,
                ended.ErrorCode,
                ended.ErrorDetail,
                ended.ErrorHost,
                ended.Attempts,
                services.Time.GetElapsedTime(begun).TotalMilliseconds
            )
        );

    private async Task GiveUpAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        var error = new JobError("chunk_failed", $"{MaxStalls} attempts at its chunk in a row ended without a result.");
        if (_held.TryRemove(chunk.ChunkNo, out var given))
            watch.Release(given.Chunk);
        var failed = await services.Chunks.FailRemainingAsync(lane.Job, chunk.ChunkNo, lane: null, error, stop);
        services.Logger.ItemsGivenUp(failed, lane.Job.Id, error.Code, error.Detail);
    }

    private async Task WaitForWaitingAsync()
    {
        for (var i = 0; i < handler.MaxWaiting; i++)
            await _waiting.WaitAsync(CancellationToken.None);
    }

    private void OnCommitted(IReadOnlyList<ItemOutcome> group, GroupCommit commit)
    {
        FinishedJob |= commit.FinishedJob;
        foreach (var (chunkNo, count) in group.CountBy(outcome => outcome.ChunkNo))
        {
            if (commit.Fenced.Contains(chunkNo))
            {
                Prevented += count;
                continue;
            }

            var (held, pending) = _held[chunkNo];
            if (pending > count)
                _held[chunkNo] = (held, pending - count);
            else if (_held.TryRemove(chunkNo, out _))
                watch.Release(held);
        }

        if (commit.Fenced.Count > 0)
            watch.Fence();
    }
}

/// <summary>What every run of a lane needs.</summary>
internal sealed record LaneServices(
    ChunkStore Chunks,
    ItemStore Items,
    DatabasePatience Patience,
    TimeProvider Time,
    ILogger<LaneRunner> Logger
);
