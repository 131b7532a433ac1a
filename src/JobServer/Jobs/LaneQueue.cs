using System.Globalization;
using Hangfire;
using Hangfire.States;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Puts lanes into Hangfire's queues. Ids only; joins the ambient transaction.</summary>
internal sealed class LaneQueue(IBackgroundJobClient client, LaneStore lanes)
{
    /// <summary>Enqueues one lane and returns the id of its Hangfire job.</summary>
    public long Enqueue(string queue, Guid jobId, int lane)
    {
        var id = client.Create<LaneRunner>(
            runner => runner.RunLane(jobId, lane, null!, CancellationToken.None),
            new EnqueuedState(queue)
        );
        return long.Parse(id, CultureInfo.InvariantCulture);
    }

    /// <summary>Enqueues the lanes of a job that nobody would run otherwise. The caller holds the lock of its row.</summary>
    public async Task EnqueueIdleAsync(JobKey job, string queue, CancellationToken cancellationToken)
    {
        var idle = await lanes.FindIdleAsync(job, cancellationToken);
        var hangfireJobs = idle.Select(lane => Enqueue(queue, job.Id, lane)).ToArray();
        if (hangfireJobs.Length > 0)
            await lanes.AssignAsync(job, idle, hangfireJobs, cancellationToken);
    }
}
