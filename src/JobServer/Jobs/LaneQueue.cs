using System.Globalization;
using Hangfire;
using Hangfire.States;

namespace JobServer.Jobs;

/// <summary>Puts lanes into Hangfire's queues. Ids only; joins the ambient transaction.</summary>
internal sealed class LaneQueue(IBackgroundJobClient client)
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
}
