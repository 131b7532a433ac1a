using System.Globalization;
using Hangfire;
using JobServer.Jobs.Events;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Jobs;

/// <summary>
/// Puts right what no running lane can: it acts on facts that both sides have committed, never on how long something
/// takes, and under the job's row lock. Any number of hosts may run it.
/// </summary>
internal sealed class Reconciler(
    HangfireSchema hangfire,
    Overdue overdue,
    JobStore jobs,
    LaneStore lanes,
    LookupStore lookups,
    LaneQueue queue,
    JobEnd jobEnd,
    JobHistory history,
    IBackgroundJobClient client,
    TimeProvider time,
    ILogger<Reconciler> logger
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // The search for dead lanes reads all that wait: of a long backlog it takes a twentieth of one connection's time.
    private const int RestPerSearch = 19;
    private static readonly TimeSpan RepairLimit = TimeSpan.FromSeconds(30);
    private static readonly JobError AttemptsExhausted = new(
        "chunk_failed",
        $"All {LaneRunner.Retries + 1} attempts at its lane failed."
    );

    private long _searched;
    private TimeSpan _rest = TimeSpan.Zero;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await ReconcileAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The reconciler", exception);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        if (!await overdue.IsAnyAsync(cancellationToken))
            return;
        foreach (var job in await overdue.ExpireAsync(cancellationToken))
            await jobEnd.AnnounceAsync(job, cancellationToken);
        foreach (var job in await overdue.FindTimedOutAsync(cancellationToken))
            await jobEnd.TimeOutAsync(job, cancellationToken);
        await RepairAsync(cancellationToken);
        foreach (var job in await overdue.FinishAsync(cancellationToken))
            await jobEnd.AnnounceAsync(job, cancellationToken);
        await lookups.ExpireAsync(cancellationToken);
    }

    private async Task RepairAsync(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_searched) < _rest)
            return;
        var begun = time.GetTimestamp();
        var all = await hangfire.FindDeadLanesAsync(only: null, cancellationToken);
        _searched = time.GetTimestamp();
        _rest = time.GetElapsedTime(begun, _searched) * RestPerSearch;
        foreach (var dead in all)
            await RepairAsync(dead, cancellationToken);
    }

    private Task RepairAsync(DeadLane dead, CancellationToken cancellationToken) =>
        dead switch
        {
            { HangfireState: "Deleted" } => jobEnd.CancelAsync(dead.Lane.Job, cancellationToken),
            _ when IsExhausted(dead) => GiveUpAsync(dead.Lane, cancellationToken),
            _ => EnqueueAgainAsync(dead, cancellationToken),
        };

    private static bool IsExhausted(DeadLane dead) =>
        dead is { HangfireState: "Failed", Retries: >= LaneRunner.Retries };

    private async Task GiveUpAsync(LaneKey lane, CancellationToken cancellationToken)
    {
        await jobEnd.FailAsync(lane.Job, lane.Lane, AttemptsExhausted, cancellationToken);
        // What nobody has claimed is left to the other lanes, while there is one.
        var dead = await hangfire.FindDeadLanesAsync(lane.Job, cancellationToken);
        var job = await jobs.FindAsync(lane.Job, cancellationToken);
        if (dead.Count(IsExhausted) == job?.Lanes)
            await jobEnd.FailAsync(lane.Job, lane: null, AttemptsExhausted, cancellationToken);
    }

    private async Task EnqueueAgainAsync(DeadLane dead, CancellationToken cancellationToken)
    {
        using var transaction = LedgerTransaction.Begin(RepairLimit);
        await lanes.LockJobAsync(dead.Lane.Job, cancellationToken);
        // Facts may have changed while the lock was waited for.
        if (!(await hangfire.FindDeadLanesAsync(dead.Lane.Job, cancellationToken)).Contains(dead))
            return;
        var successor = await queue.EnqueueAsync(
            dead.Queue,
            dead.Lane.Job.Id,
            dead.Lane.Lane,
            delay: null,
            cancellationToken
        );
        await lanes.ReplaceHangfireJobAsync(dead.Lane, successor, cancellationToken);
        transaction.Complete();
        transaction.Dispose();
        logger.LaneRepaired(dead.Lane.Lane, dead.Lane.Job.Id, dead.HangfireState ?? "missing");
        await history.LaneRepairedAsync(dead.Lane, dead.HangfireState ?? "missing");
        // It would stand on the dashboard as processing for ever.
        if (dead is { HangfireState: "Processing", HangfireJobId: { } orphan })
            client.Delete(orphan.ToString(CultureInfo.InvariantCulture));
    }
}
