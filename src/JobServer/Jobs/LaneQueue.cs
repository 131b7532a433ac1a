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

    /// <summary>Enqueues the lanes of a job that nobody would run otherwise. Under the job's row lock.</summary>
    public async Task EnqueueAsync(IdleLanes idle, CancellationToken cancellationToken)
    {
        var hangfireJobs = idle.Lanes.Select(lane => Enqueue(idle.Queue, idle.Job.Id, lane)).ToArray();
        await lanes.AssignAsync(idle.Job, idle.Lanes, hangfireJobs, cancellationToken);
    }
}
