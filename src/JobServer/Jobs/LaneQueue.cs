using System.Globalization;
using System.Reflection;
using Hangfire.Common;
using Hangfire.States;
using JobServer.BatchedStorage;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Hangfire jobs of lanes that are still to be written.</summary>
/// <param name="Ids">One for each lane.</param>
internal sealed record NewLanes(JobBatch Batch, IReadOnlyList<long> Ids);

/// <summary>Puts lanes into Hangfire's queues. Ids only.</summary>
internal sealed class LaneQueue(BatchedPostgreSqlStorage storage, IJobFilterProvider filters, LaneStore lanes)
{
    private static readonly MethodInfo _runLane = typeof(LaneRunner).GetMethod(nameof(LaneRunner.RunLane))!;

    /// <summary>Hangfire jobs for these lanes of a job.</summary>
    /// <param name="state">Default: enqueued.</param>
    public NewLanes Prepare(string queue, Guid jobId, IEnumerable<int> lanes, IState? state = null)
    {
        var batch = storage.CreateBatch(filters);
        var ids = lanes.Select(lane =>
            batch.Create(
                // With its queue: Hangfire's retries would enqueue it in the default one, which nobody serves.
                new Hangfire.Common.Job(
                    typeof(LaneRunner),
                    _runLane,
                    [jobId, lane, null, CancellationToken.None],
                    queue
                ),
                state ?? new EnqueuedState(queue)
            )
        );
        return new NewLanes(batch, [.. ids.Select(id => long.Parse(id!, CultureInfo.InvariantCulture))]);
    }

    /// <summary>Writes them in the ambient transaction; once it has committed, workers are told.</summary>
    public async Task WriteAsync(NewLanes prepared, CancellationToken cancellationToken)
    {
        await lanes.WriteAsync(prepared.Batch, cancellationToken);
        LedgerTransaction.OnCommitted(prepared.Batch.Announce);
    }

    /// <summary>Enqueues one lane in the ambient transaction, now or later, and returns the id of its Hangfire job.</summary>
    public async Task<long> EnqueueAsync(
        string queue,
        Guid jobId,
        int lane,
        TimeSpan? delay,
        CancellationToken cancellationToken
    )
    {
        var prepared = Prepare(queue, jobId, [lane], delay is { } later ? new ScheduledState(later) : null);
        await WriteAsync(prepared, cancellationToken);
        return prepared.Ids[0];
    }

    /// <summary>Enqueues the lanes of a job that nobody would run otherwise. The caller holds the lock of its row.</summary>
    public async Task EnqueueIdleAsync(JobKey job, string queue, CancellationToken cancellationToken)
    {
        var idle = await lanes.FindIdleAsync(job, cancellationToken);
        if (idle.Count == 0)
            return;
        var prepared = Prepare(queue, job.Id, idle.Select(lane => (int)lane));
        await WriteAsync(prepared, cancellationToken);
        await lanes.AssignAsync(job, idle, [.. prepared.Ids], cancellationToken);
    }
}
