using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>
/// Starts jobs that were accepted for later: puts their lanes into Hangfire's queues when their time has come, and no
/// earlier job of their line is unfinished. Any number of hosts may run it.
/// </summary>
internal sealed class Starter(StartStore starts, LaneQueue queue, Signals signals, ILogger<Starter> logger)
    : BackgroundService
{
    // Who accepts or finishes jobs pokes its own starter: others are needed where that host is gone.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // Jobs of one commit: few, so that all hosts share what comes due at once.
    private const int SetSize = 10;

    private readonly Bell _bell = new();

    /// <summary>Looks now: a job may have come to wait, or to the head of its line.</summary>
    public void Poke() => _bell.Ring();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Interval;
            try
            {
                wait = await StartAllDueAsync(stoppingToken);
            }
            catch (Exception exception) when (DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The starter of scheduled jobs", exception);
            }

            // A wait that ends early would find nothing to do: whole milliseconds, rounded up.
            var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
            await _bell.WaitAsync(rounded, stoppingToken);
        }
    }

    /// <summary>Starts what is due; returns how long until there is more.</summary>
    private async Task<TimeSpan> StartAllDueAsync(CancellationToken cancellationToken)
    {
        var waiting = await starts.WaitingAsync(cancellationToken);
        while (waiting.IsDue && await StartDueAsync(cancellationToken) == SetSize)
            continue;
        return waiting.Next < Interval ? waiting.Next.Value : Interval;
    }

    private async Task<int> StartDueAsync(CancellationToken cancellationToken)
    {
        using var transaction = LedgerTransaction.Begin(StartLimit);
        var started = await starts.StartDueAsync(SetSize, cancellationToken);
        foreach (var job in started)
            await queue.EnqueueIdleAsync(job.Key, job.Queue, cancellationToken);
        LedgerTransaction.OnCommitted(() => started.ForEach(job => signals.JobChanged(job.Key.Id)));
        transaction.Complete();
        return started.Count;
    }
}
