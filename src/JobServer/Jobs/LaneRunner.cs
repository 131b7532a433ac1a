using System.Globalization;
using Hangfire;
using Hangfire.Server;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>
/// The only type Hangfire invokes. Hangfire owns the attempts of a lane, the ledger owns what is done: a run picks up
/// where the ledger says, and only faults of our own leave it as exceptions.
/// </summary>
internal sealed class LaneRunner(
    LaneStore lanes,
    LaneQueue queue,
    JobKinds kinds,
    JobWatch jobs,
    JobEnd jobEnd,
    LaneServices services
)
{
    /// <summary>Hangfire's attempts at a lane beyond the first; after them its items fail with <c>chunk_failed</c>.</summary>
    public const int Retries = 10;

    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NewerDelay = TimeSpan.FromSeconds(15);

    /// <summary>Runs one lane of one job for at most a slice. Stored in Hangfire with its first two arguments.</summary>
    [AutomaticRetry(Attempts = Retries, DelaysInSeconds = [1, 2, 5, 10, 15, 30])]
    public async Task RunLane(Guid jobId, int lane, PerformContext context, CancellationToken shutdown)
    {
        var hangfireJobId = long.Parse(context.BackgroundJob.Id, CultureInfo.InvariantCulture);
        var start = await lanes.StartAsync(jobId, lane, hangfireJobId, Environment.MachineName, shutdown);
        if (start is null || start.Epoch is null)
        {
            services.Logger.LaneSkipped(
                lane,
                jobId,
                start is null ? "the job was erased" : "another Hangfire job owns it"
            );
            return;
        }

        if (start.IsJobStart)
        {
            services.Signals.JobChanged(jobId);
            services.Logger.JobStarted(
                jobId,
                start.Job.Kind,
                start.Job.StartedAt - start.Job.CreatedAt,
                start.Job.Queue
            );
        }

        var key = new LaneKey(start.Job.Key, lane);
        if (start.Job.State != JobState.Running)
        {
            services.Logger.LaneSkipped(lane, jobId, $"the job is {start.Job.State.ToText()}");
            await LeaveAsync(key, start, handsOver: false, CancellationToken.None);
            return;
        }

        services.Logger.LaneStarted(lane, jobId, start.Job.Kind, start.Epoch.Value);
        var begun = services.Time.GetTimestamp();
        try
        {
            var (end, recorded) = await RunAsync(key, start, shutdown);
            services.Logger.LaneEnded(
                lane,
                jobId,
                start.Job.Kind,
                end.ToString(),
                services.Time.GetElapsedTime(begun),
                recorded
            );
            if (end == LaneEnd.Fenced)
                throw new JobAbortedException();
            if (end == LaneEnd.Shutdown)
                shutdown.ThrowIfCancellationRequested();
        }
        catch (NewerJobException exception)
        {
            // Of two versions side by side the newer one will come to it, and no attempt is used up until then.
            services.Logger.LaneLeft(lane, jobId, exception.Message, NewerDelay);
            await LeaveAsync(key, start, handsOver: true, shutdown, NewerDelay);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or JobAbortedException))
        {
            services.Logger.LaneFailed(lane, jobId, start.Job.Kind, services.Time.GetElapsedTime(begun), exception);
            await services.History.LaneFailedAsync(key, exception);
            throw;
        }
    }

    private async Task<(LaneEnd End, int Recorded)> RunAsync(LaneKey lane, LaneStart start, CancellationToken shutdown)
    {
        using var watch = jobs.Follow(lane.Job);
        ILaneRun run = kinds.Get(start.Job.Kind) switch
        {
            IBatchKind kind => new BatchLaneRun(
                lane,
                start,
                kind.OpenLane(start.Job, lane.Lane, start.Epoch!.Value),
                kind.Pace,
                services,
                watch
            ),
            IItemKind kind => new ItemLaneRun(
                lane,
                start,
                kind.OpenLane(start.Job, lane.Lane),
                kind.Pace,
                services,
                watch
            ),
            var kind => throw new InvalidOperationException($"Nobody runs jobs of kind '{kind.Name}'."),
        };
        var end = await run.RunAsync(shutdown);
        switch (end)
        {
            case LaneEnd.Fenced:
                services.Logger.LaneFenced(lane.Lane, lane.Job.Id, run.Prevented);
                await services.History.LaneFencedAsync(lane, run.Prevented);
                // The attempt itself counts, even when it was stopped before it could bring a late result.
                await services.Chunks.CountPreventedAsync(lane.Job, Math.Max(1, run.Prevented), CancellationToken.None);
                // Fenced by the job's own end rather than by a newer attempt: nobody else will end this lane.
                if (await EndAsync(lane, start, unlessWorkIsLeft: false) is { } ended && ended.State.IsFinished())
                    end = LaneEnd.LetGo;
                break;
            case LaneEnd.SliceOver or LaneEnd.LetGo:
                await LeaveAsync(lane, start, handsOver: true, shutdown);
                break;
            case LaneEnd.Exhausted when !run.FinishedJob:
                await LeaveAsync(lane, start, handsOver: false, shutdown);
                break;
            case LaneEnd.TimedOut:
                await jobEnd.TimeOutAsync(lane.Job, CancellationToken.None);
                await EndAsync(lane, start, unlessWorkIsLeft: false);
                break;
            default:
                await EndAsync(lane, start, unlessWorkIsLeft: false);
                break;
        }

        if (run.FinishedJob)
            await jobEnd.AnnounceAsync(lane.Job, CancellationToken.None);
        return (end, run.Recorded);
    }

    /// <summary>
    /// Ends this run, or hands the lane over where the job runs and has work for it. Which of them is found out under the
    /// job's lock: it may have been paused, resumed or cancelled since this run last looked.
    /// </summary>
    private async Task LeaveAsync(
        LaneKey lane,
        LaneStart start,
        bool handsOver,
        CancellationToken shutdown,
        TimeSpan? delay = null
    )
    {
        while (!handsOver || !await HandOverAsync(lane, start, delay, shutdown))
        {
            if (await EndAsync(lane, start, unlessWorkIsLeft: true) is not { GoesOn: true })
                return;
            handsOver = true;
        }
    }

    /// <summary>False when the job does not run, or the lane is fenced.</summary>
    private Task<bool> HandOverAsync(
        LaneKey lane,
        LaneStart start,
        TimeSpan? delay,
        CancellationToken cancellationToken
    ) => services.Patience.RunAsync(token => TryHandOverAsync(lane, start, delay, token), cancellationToken);

    private async Task<bool> TryHandOverAsync(
        LaneKey lane,
        LaneStart start,
        TimeSpan? delay,
        CancellationToken cancellationToken
    )
    {
        using var transaction = LedgerTransaction.Begin(HandOverLimit);
        if (await lanes.PrepareHandOverAsync(lane, start.Epoch!.Value, cancellationToken) != JobState.Running)
            return false;
        var successor = await queue.EnqueueAsync(start.Job.LaneQueue, lane.Job.Id, lane.Lane, delay, cancellationToken);
        var handedOver = await lanes.HandOverAsync(lane, start.Epoch!.Value, successor, cancellationToken);
        if (handedOver)
            transaction.Complete();
        return handedOver;
    }

    private async Task<LaneEnding?> EndAsync(LaneKey lane, LaneStart start, bool unlessWorkIsLeft)
    {
        var ending = await services.Patience.RunAsync(
            token => lanes.EndAsync(lane, start.Epoch!.Value, unlessWorkIsLeft, token),
            CancellationToken.None
        );
        if (ending is { State: JobState.Cancelled })
            await jobEnd.AnnounceAsync(lane.Job, CancellationToken.None);
        else
            services.Signals.JobChanged(lane.Job.Id);
        return ending;
    }
}
