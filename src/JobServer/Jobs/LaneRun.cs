using System.Collections.Concurrent;
using JobServer.Jobs.Events;
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

/// <summary>What came of a run of a lane.</summary>
internal interface ILaneRun
{
    /// <summary>Items recorded by this run.</summary>
    int Recorded { get; }

    /// <summary>Late results of this run that the fence kept out.</summary>
    int Prevented { get; }

    /// <summary>This run recorded the job's last item.</summary>
    bool FinishedJob { get; }

    /// <summary>Runs until one of the ends; throws only what is a fault of ours, to be retried by Hangfire.</summary>
    Task<LaneEnd> RunAsync(CancellationToken shutdown);
}

/// <summary>
/// One run of one lane: claims chunk after chunk as slots free up, runs their items, records the outcomes, until its
/// slice is over or nothing is left.
/// </summary>
/// <typeparam name="T">What is recorded: single items, or runs of them.</typeparam>
internal abstract class LaneRun<T>(
    LaneKey lane,
    LaneStart start,
    IGroupStore<T> store,
    LanePace pace,
    LaneServices services,
    JobWatch.Watch watch
) : ILaneRun
    where T : IRecordable
{
    // Times in a row that a chunk was begun again and recorded nothing: it brings down whoever runs it.
    private const int MaxStalls = 3;

    private readonly ConcurrentDictionary<int, (HeldChunk Chunk, int Pending)> _held = new();
    private readonly long _begun = services.Time.GetTimestamp();
    private int _lastClaimed = -1;
    private bool _sliceOver;

    public int Recorded => Committer.Recorded;

    public int Prevented { get; private set; }

    public bool FinishedJob { get; private set; }

    protected LaneKey Lane => lane;

    protected LaneStart Start => start;

    protected LaneServices Services => services;

    protected GroupCommitter<T> Committer { get; } =
        new(store, lane.Job, pace.RecordsEach, services.Patience, services.Time);

    public async Task<LaneEnd> RunAsync(CancellationToken shutdown)
    {
        using var timeLimit = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown, watch.LetGo, timeLimit.Token);
        await using var timer = start.TimeLeft is { } left ? TimerFor(timeLimit, left) : null;
        var committing = Committer.RunAsync(OnCommitted, CancellationToken.None);
        // A commit that fails for good must not leave items running whose outcomes nobody will take.
        _ = committing.ContinueWith(
            _ => stop.Cancel(),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        try
        {
            await RunItemsAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told apart below, once everything in flight has come home.
        }
        finally
        {
            await ComeHomeAsync();
            Committer.Complete();
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

    /// <summary>Runs items until the slice is over or there are no more.</summary>
    protected abstract Task RunItemsAsync(CancellationToken stop);

    /// <summary>Waits for what is still in flight after that.</summary>
    protected abstract Task ComeHomeAsync();

    /// <summary>Called after each commit with what it held, written or not.</summary>
    protected virtual void OnTaken(IReadOnlyList<T> group) { }

    protected bool IsSliceOver() => _sliceOver |= watch.IsHeld || services.Time.GetElapsedTime(_begun) >= pace.Slice;

    /// <summary>The next chunks, at most so many; empty when there are none.</summary>
    protected async Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(int limit, CancellationToken stop)
    {
        var chunks = await ClaimAsync(_lastClaimed, limit, stop);
        if (chunks.Count == 0 && _lastClaimed >= 0)
            chunks = await ClaimAsync(after: -1, limit, stop);
        foreach (var chunk in chunks)
        {
            var held = new HeldChunk(lane.Job, chunk.ChunkNo, chunk.Epoch);
            _held[chunk.ChunkNo] = (held, chunk.ItemCount - chunk.Recorded);
            watch.Hold(held);
            _lastClaimed = chunk.ChunkNo;
        }

        return chunks;
    }

    /// <summary>
    /// A chunk that was begun before says so in the ledger before its first item runs: should that item bring the
    /// process down again, the next claim will know. First claims are spared the extra write.
    /// </summary>
    /// <returns>False when the chunk was given up, or is no longer ours.</returns>
    protected async ValueTask<bool> BeginAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        if (chunk.Epoch == 1)
            return true;
        var stalls = await services.Patience.RunAsync(
            token => services.Chunks.BeginAgainAsync(lane.Job, chunk.ChunkNo, chunk.Epoch, token),
            stop
        );
        if (stalls > MaxStalls)
            await GiveUpAsync(chunk, stop);
        return stalls is <= MaxStalls;
    }

    private ITimer TimerFor(CancellationTokenSource limit, TimeSpan left) =>
        services.Time.CreateTimer(
            _ => limit.Cancel(),
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan
        );

    private Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(int after, int limit, CancellationToken stop) =>
        services.Patience.RunAsync(
            token => services.Chunks.ClaimAsync(lane, start.Epoch!.Value, after, [.. _held.Keys], limit, token),
            stop
        );

    private async Task GiveUpAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        var error = new JobError("chunk_failed", $"{MaxStalls} attempts at its chunk in a row ended without a result.");
        if (_held.TryRemove(chunk.ChunkNo, out var given))
            watch.Release(given.Chunk);
        var failed = await services.Chunks.FailRemainingAsync(lane.Job, chunk.ChunkNo, lane: null, error, stop);
        services.Signals.JobChanged(lane.Job.Id);
        services.Logger.ItemsGivenUp(failed, lane.Job.Id, error.Code, error.Detail);
        await services.History.ItemsGivenUpAsync(lane.Job, failed, error);
    }

    private void OnCommitted(IReadOnlyList<T> group, GroupCommit commit)
    {
        FinishedJob |= commit.FinishedJob;
        if (commit.FinishedJob)
            services.Signals.JobChanged(lane.Job.Id);
        else
            services.Signals.JobProgressed(lane.Job.Id);
        foreach (var (chunkNo, count) in group.AggregateBy(done => done.ChunkNo, 0, (sum, done) => sum + done.Count))
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
        OnTaken(group);
    }
}

/// <summary>What every run of a lane needs.</summary>
internal sealed record LaneServices(
    ChunkStore Chunks,
    ItemStore Items,
    OutputStore Outputs,
    DatabasePatience Patience,
    Signals Signals,
    JobHistory History,
    TimeProvider Time,
    ILogger<LaneRunner> Logger
);
