using Hangfire;
using Hangfire.Server;
using Hangfire.States;
using JobServer.BatchedStorage.Claiming;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Takes jobs and performs them as Hangfire's worker does, on a thread only while there is something to compute: neither a
/// job that awaits nor a commit keeps one. It goes on when a commit is on disk, not before.
/// </summary>
internal sealed class AsyncWorker(
    BatchedPostgreSqlStorage storage,
    string[] queues,
    JobPerformer performer,
    StateChanges states
) : IBackgroundProcessAsync
{
    private static readonly string[] _eligible =
    [
        EnqueuedState.StateName,
        ScheduledState.StateName,
        ProcessingState.StateName,
    ];

    private static readonly string[] _processing = [ProcessingState.StateName];

    private readonly StorageParts _parts = storage.Parts;

    public async Task ExecuteAsync(BackgroundProcessContext context)
    {
        using var connection = new BatchedConnection(storage, _parts) { AwaitsCommits = true };
        using var fetched = await connection.FetchNextJobAsync(queues, context.StoppingToken).ConfigureAwait(false);
        var isOpen = true;
        try
        {
            if (await BeginAsync(connection, fetched, context).ConfigureAwait(false) is { } job)
            {
                var end = await PerformAsync(connection, fetched, job, context).ConfigureAwait(false);
                if (end is not null)
                    await states.ApplyAsync(connection, end, context.ShutdownToken).ConfigureAwait(false);
            }

            isOpen = false;
            await fetched.RemoveFromQueueAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (context.IsStopping)
                _parts.Logger.StoppedAmidJob(fetched.JobId, isOpen, exception);
            if (isOpen)
                Requeue(fetched);
            throw;
        }
    }

    /// <summary>The job, which is being processed from now on; null where a filter, or somebody else, wants it otherwise.</summary>
    private async Task<BackgroundJob?> BeginAsync(
        BatchedConnection connection,
        FetchedJob fetched,
        BackgroundProcessContext context
    )
    {
        var processing = CoreInternals.Get().Processing(context.ServerId, context.ExecutionId.ToString());
        var change = new ChangeArguments(
            storage,
            connection,
            fetched.JobId,
            processing,
            _eligible,
            context.ServerId,
            context.StoppingToken
        );
        var (state, job) = await states.ApplyAsync(connection, change, context.StoppingToken).ConfigureAwait(false);
        return string.Equals(state?.Name, ProcessingState.StateName, StringComparison.OrdinalIgnoreCase) ? job : null;
    }

    /// <summary>What becomes of the job; null where that is not for this worker to say any more.</summary>
    private async Task<ChangeArguments?> PerformAsync(
        BatchedConnection connection,
        FetchedJob fetched,
        BackgroundJob job,
        BackgroundProcessContext context
    )
    {
        var end = new ChangeArguments(
            storage,
            connection,
            fetched.JobId,
            // Replaced by what comes of it.
            new SucceededState(null, 0, 0),
            _processing,
            context.ServerId,
            CancellationToken.None
        )
        {
            Acknowledged = fetched,
        };
        try
        {
            var stateId = connection.SnapshotOf(fetched.Id)?.Expectation.StateId ?? 0;
            using var token = new JobToken(fetched, stateId, _parts.Running, context.StoppedToken);
            var perform = CoreInternals
                .Get()
                .Perform(new PerformArguments(storage, connection, job, token, context.ServerId));
            var latency = _parts.Time.GetUtcNow().UtcDateTime - job.CreatedAt;
            var start = _parts.Time.GetTimestamp();
            var result = await performer.PerformAsync(perform, token).ConfigureAwait(false);
            var duration = _parts.Time.GetElapsedTime(start);
            return end with
            {
                State = JobPerformer.FindCanceller(perform) is { } filter
                    ? new DeletedState { Reason = $"Canceled by filter '{filter}'" }
                    : new SucceededState(result, (long)latency.TotalMilliseconds, (long)duration.TotalMilliseconds),
                CustomData = new Dictionary<string, object>(perform.Items),
            };
        }
        catch (JobAbortedException)
        {
            return null;
        }
        catch (JobPerformanceException exception)
        {
            var failed = new FailedState(exception.InnerException, context.ServerId) { Reason = exception.Message };
            return end with { State = failed };
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && context.IsStopped))
        {
            var failed = new FailedState(exception, context.ServerId)
            {
                Reason = "An exception occurred during processing of a background job.",
            };
            return end with { State = failed };
        }
    }

    private void Requeue(FetchedJob fetched)
    {
        try
        {
            fetched.Requeue();
        }
        catch (Exception exception)
        {
            _parts.Logger.NotRequeued(fetched.JobId, exception);
        }
    }
}
