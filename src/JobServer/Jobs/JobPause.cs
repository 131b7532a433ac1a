using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Holds jobs and lets them go on.</summary>
internal sealed class JobPause(PauseStore pauses, LaneStore lanes, LaneQueue queue, Starter starter, Signals signals)
{
    private static readonly TimeSpan ResumeLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Pauses a job: nothing of it is begun any more. Returns its state afterwards, an end where that came first;
    /// null for an unknown job.
    /// </summary>
    public async Task<JobState?> PauseAsync(JobKey key, CancellationToken cancellationToken)
    {
        var state = await pauses.PauseAsync(key, cancellationToken);
        signals.JobChanged(key.Id);
        return state;
    }

    /// <summary>
    /// Lets a paused job go on. Lanes that have ended meanwhile are enqueued here; those that are still letting go find
    /// out, under the same lock, that they have to go on. Returns the state afterwards; null for an unknown job.
    /// </summary>
    public async Task<JobState?> ResumeAsync(JobKey key, CancellationToken cancellationToken)
    {
        using var transaction = LedgerTransaction.Begin(ResumeLimit);
        var before = await lanes.LockJobAsync(key, cancellationToken);
        if (await pauses.ResumeAsync(key, cancellationToken) is not var (state, name))
            return before;
        if (state != JobState.Scheduled)
            await queue.EnqueueIdleAsync(key, name, cancellationToken);
        LedgerTransaction.OnCommitted(() =>
        {
            signals.JobChanged(key.Id);
            starter.Poke();
        });
        transaction.Complete();
        return state;
    }
}
