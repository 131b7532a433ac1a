using JobServer.Jobs.Events;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Ends jobs that do not end by their last item, and tells everybody about ends.</summary>
internal sealed class JobEnd(
    JobStore jobs,
    ChunkStore chunks,
    Signals signals,
    JobHistory history,
    Starter starter,
    ILogger<JobEnd> logger
)
{
    private static readonly JobError TimeIsUp = new("timeout", "The job's time was up before this item was done.");

    /// <summary>Says that a job has finished; to be called by who finished it.</summary>
    public async Task AnnounceAsync(JobKey key, CancellationToken cancellationToken)
    {
        signals.JobChanged(key.Id);
        if (await jobs.FindAsync(key, cancellationToken) is { } job)
            Announce(job);
    }

    /// <summary>Fails what is left of a job whose time is up; finished items stay.</summary>
    public Task TimeOutAsync(JobKey key, CancellationToken cancellationToken) =>
        FailAsync(key, lane: null, TimeIsUp, cancellationToken);

    /// <summary>Fails what is left of a job, or of the chunks of one of its lanes.</summary>
    public async Task FailAsync(JobKey key, int? lane, JobError error, CancellationToken cancellationToken)
    {
        var failed = await chunks.FailRemainingAsync(key, chunkNo: null, lane, error, cancellationToken);
        if (failed == 0)
            return;
        logger.ItemsGivenUp(failed, key.Id, error.Code, error.Detail);
        await history.ItemsGivenUpAsync(key, failed, error);
        if (await jobs.FindAsync(key, cancellationToken) is { } job && job.State.IsFinished())
        {
            signals.JobChanged(key.Id);
            Announce(job);
        }
    }

    /// <summary>
    /// Cancels a job. Returns the state afterwards: <c>cancelling</c> while lanes let go, an earlier end when there was one;
    /// null for an unknown job.
    /// </summary>
    public async Task<JobState?> CancelAsync(JobKey key, CancellationToken cancellationToken)
    {
        var before = await jobs.FindAsync(key, cancellationToken);
        var state = await jobs.CancelAsync(key, cancellationToken);
        signals.JobChanged(key.Id);
        if (state == JobState.Cancelled && before is not null && !before.State.IsFinished())
            await AnnounceAsync(key, cancellationToken);
        return state;
    }

    private void Announce(Job job)
    {
        logger.JobEnded(job);
        // The next of its line may be waiting.
        if (job.ScheduleId is not null)
            starter.Poke();
    }
}
