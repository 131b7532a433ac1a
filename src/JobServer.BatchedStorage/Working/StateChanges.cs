using Hangfire;
using Hangfire.States;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Changes states of a worker's job by Hangfire's own state machine, elections and filters included, and waits for the
/// commits without a thread. As often as the library's worker it tries again what failed.
/// </summary>
internal sealed class StateChanges(IBackgroundJobStateChanger changer, StorageParts parts)
{
    private const int Attempts = 10;

    /// <summary>
    /// The state that the job has got and the commit of it awaited; null where the job is in none of the expected states, or
    /// is gone.
    /// </summary>
    /// <param name="stop">Ends the rests between attempts.</param>
    public async Task<(IState? State, BackgroundJob? Job)> ApplyAsync(
        BatchedConnection connection,
        ChangeArguments change,
        CancellationToken stop
    )
    {
        stop.ThrowIfCancellationRequested();
        Exception? last = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                return await ChangeAsync(connection, change).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                parts.Logger.StateNotChanged(change.JobId, change.State.Name, attempt + 1, exception);
                last = exception;
            }

            await Task.Delay(TimeSpan.FromSeconds(attempt), parts.Time, stop).ConfigureAwait(false);
        }

        parts.Logger.StateGivenUp(change.JobId, change.State.Name, Attempts, last!);
        var failed = new FailedState(last, change.ServerId)
        {
            Reason =
                $"Failed to change state to a '{change.State.Name}' one due to an exception after {Attempts} retry attempts",
        };
        return await ChangeAsync(connection, change with { State = failed, WithoutFilters = true, CustomData = null })
            .ConfigureAwait(false);
    }

    private async Task<(IState?, BackgroundJob?)> ChangeAsync(BatchedConnection connection, ChangeArguments change)
    {
        var context = CoreInternals.Get().Change(change);
        IState? state;
        using (connection.KeepParameters())
            state = changer.ChangeState(context);
        await connection.LastCommit.ConfigureAwait(false);
        return (state, context.ProcessedJob);
    }
}
