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

    // Claims in a row that recorded nothing: the chunk brings down whoever runs it.
    private const int MaxStalls = 3;

    private readonly ConcurrentDictionary<int, (HeldChunk Chunk, int Pending)> _held = new();
    private readonly SemaphoreSlim _window = new(handler.Window, handler.Window);
    private readonly SemaphoreSlim _ahead = new(handler.Ahead, handler.Ahead);
    private readonly int _epoch = start.Epoch!.Value;
    private GroupCommitter? _committer;
    private int _prevented;

    /// <summary>Items recorded by this run.</summary>
    public int Recorded => _committer?.Recorded ?? 0;

    /// <summary>Late results of this run that the fence kept out.</summary>
    public int Prevented => _prevented;

    /// <summary>This run recorded the job's last item.</summary>
    public bool FinishedJob { get; private set; }

    /// <summary>Runs until one of the ends; throws only what is a fault of ours, to be retried by Hangfire.</summary>
    public async Task<LaneEnd> RunAsync(CancellationToken shutdown)
    {
        using var timeLimit = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown, watch.LetGo, timeLimit.Token);
        await using var timer = start.TimeLeft is { } left ? TimerFor(timeLimit, left) : null;
        _committer = new GroupCommitter(services.Items, lane.Job, services.Time, services.Logger)
        {
            Committed = OnCommitted,
        };
        var committing = _committer.RunAsync(CancellationToken.None);
        // A commit that fails for good must not leave items running whose outcomes nobody will take.
        _ = committing.ContinueWith(
            _ => stop.Cancel(),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        var end = LaneEnd.Exhausted;
        try
        {
            end = await ClaimAndRunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told apart below, once everything in flight has come home.
        }
        finally
        {
            await DrainAsync();
            _committer.Complete();
            await committing;
        }

        return FinishedJob ? LaneEnd.Exhausted
            : timeLimit.IsCancellationRequested ? LaneEnd.TimedOut
            : watch.IsFenced ? LaneEnd.Fenced
            : shutdown.IsCancellationRequested ? LaneEnd.Shutdown
            : watch.LetGo.IsCancellationRequested ? LaneEnd.LetGo
            : end;
    }

    private ITimer TimerFor(CancellationTokenSource limit, TimeSpan left) =>
        services.Time.CreateTimer(
            _ => limit.Cancel(),
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan
        );

    private async Task<LaneEnd> ClaimAndRunAsync(CancellationToken stop)
    {
        var begun = services.Time.GetTimestamp();
        while (services.Time.GetElapsedTime(begun) < Slice)
        {
            var chunk = await services.Chunks.ClaimAsync(lane, _epoch, [.. _held.Keys], stop);
            if (chunk is null)
                return LaneEnd.Exhausted;
            if (chunk.Stalls > MaxStalls)
                await GiveUpAsync(chunk, stop);
            else
                await StartItemsAsync(chunk, stop);
        }

        return LaneEnd.SliceOver;
    }

    private async Task StartItemsAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        var held = new HeldChunk(lane.Job, chunk.ChunkNo, chunk.Epoch);
        _held[chunk.ChunkNo] = (held, chunk.ItemCount - chunk.Recorded.Count);
        watch.Hold(held);
        var items = handler.OpenChunk(chunk.Input);
        for (var index = 0; index < chunk.ItemCount; index++)
        {
            if (chunk.Recorded.Contains(chunk.FirstSeq + index))
                continue;
            await _committer!.WaitForRoomAsync(stop);
            // So that a chunk is claimed when its items can start, and not held idle.
            await _ahead.WaitAsync(stop);
            await _window.WaitAsync(stop);
            _ = RunItemAsync(chunk, items, index, stop);
        }
    }

    private async Task RunItemAsync(ClaimedChunk chunk, IChunkItems items, int index, CancellationToken stop)
    {
        var seq = chunk.FirstSeq + index;
        var begun = services.Time.GetTimestamp();
        var waits = 1;
        void Started()
        {
            if (Interlocked.Exchange(ref waits, 0) == 1)
                _ahead.Release();
        }

        try
        {
            var result = await items.RunAsync(index, Started, stop);
            await _committer!.AddAsync(
                new ItemOutcome(
                    chunk.ChunkNo,
                    chunk.Epoch,
                    seq,
                    result.Value,
                    result.ErrorCode,
                    result.ErrorDetail,
                    result.ErrorHost,
                    result.Attempts,
                    services.Time.GetElapsedTime(begun).TotalMilliseconds
                )
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Not recorded: it runs again, or is shown as not run.
        }
        catch (Exception defect)
        {
            services.Logger.ItemDefect(seq, lane.Job.Id, start.Job.Kind, defect);
            var outcome = new ItemOutcome(
                chunk.ChunkNo,
                chunk.Epoch,
                seq,
                null,
                "internal_error",
                $"A defect of this server ({defect.GetType().Name}); its log says more.",
                null,
                1,
                services.Time.GetElapsedTime(begun).TotalMilliseconds
            );
            await _committer!.AddAsync(outcome);
        }
        finally
        {
            Started();
            _window.Release();
        }
    }

    private async Task GiveUpAsync(ClaimedChunk chunk, CancellationToken stop)
    {
        var error = new JobError("chunk_failed", $"{MaxStalls} attempts at its chunk in a row ended without a result.");
        var failed = await services.Chunks.FailRemainingAsync(lane.Job, chunk.ChunkNo, error, stop);
        services.Logger.ItemsGivenUp(failed, lane.Job.Id, error.Code, error.Detail);
    }

    private async Task DrainAsync()
    {
        for (var i = 0; i < handler.Window; i++)
            await _window.WaitAsync(CancellationToken.None);
    }

    private void OnCommitted(IReadOnlyList<ItemOutcome> group, GroupCommit commit)
    {
        FinishedJob |= commit.FinishedJob;
        foreach (var outcome in group)
        {
            if (commit.Fenced.Contains(outcome.ChunkNo))
            {
                _prevented++;
                continue;
            }

            var (held, pending) = _held[outcome.ChunkNo];
            if (pending > 1)
                _held[outcome.ChunkNo] = (held, pending - 1);
            else if (_held.TryRemove(outcome.ChunkNo, out _))
                watch.Release(held);
        }

        if (commit.Fenced.Count > 0)
            watch.Fence();
    }
}

/// <summary>What every run of a lane needs.</summary>
internal sealed record LaneServices(ChunkStore Chunks, ItemStore Items, TimeProvider Time, ILogger<LaneRunner> Logger);
