using JobServer.Ledger;
using Polly;
using Polly.Retry;

namespace JobServer.Jobs;

/// <summary>
/// Sits out short absences of the database, so that a lane survives them. About as long as Hangfire's own patience;
/// beyond it the lane fails, to be run again.
/// </summary>
internal sealed class DatabasePatience(TimeProvider time, ILogger<DatabasePatience> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(
            new RetryStrategyOptions
            {
                MaxRetryAttempts = (int)(Limit / Delay),
                Delay = Delay,
                ShouldHandle = static attempt =>
                    ValueTask.FromResult(
                        attempt.Outcome.Exception is { } exception && DatabaseFaults.IsPassing(exception)
                    ),
                OnRetry = attempt =>
                {
                    if (attempt.AttemptNumber == 0)
                        logger.DatabaseAway("A lane", attempt.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            }
        )
        .Build();

    /// <summary>Runs an operation that does no harm when it is run again after its answer was lost.</summary>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _pipeline
            .ExecuteAsync(static async (operation, token) => await operation(token), operation, cancellationToken)
            .AsTask();
}
