using Microsoft.Extensions.Logging;

namespace JobServer.BatchedStorage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Warning, "Jobs of the queues {Queues} could not be claimed; tried again in a second")]
    public static partial void ClaimFailed(this ILogger logger, string queues, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Other processes were not told of new jobs; they find them by their poll")]
    public static partial void SignalNotSent(this ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "The connection that listens for new jobs is lost; polling until it is back")]
    public static partial void ListenerLost(this ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "This process has lost its lease: {Jobs} jobs it was running are stopped")]
    public static partial void LeaseLost(this ILogger logger, int jobs);

    [LoggerMessage(5, LogLevel.Warning, "The lease of {Owner} is over: {Jobs} jobs it held are run again")]
    public static partial void LeaseExpired(this ILogger logger, string owner, int jobs);

    [LoggerMessage(6, LogLevel.Warning, "Leases could not be renewed; tried again soon")]
    public static partial void RenewalFailed(this ILogger logger, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "The connection that held {Locks} locks is lost, and so are they")]
    public static partial void LocksLost(this ILogger logger, int locks, Exception? exception);

    [LoggerMessage(
        8,
        LogLevel.Warning,
        "{Jobs} jobs could not be given back to their queues; they go back with the lease"
    )]
    public static partial void GiveBackFailed(this ILogger logger, int jobs, Exception exception);

    [LoggerMessage(
        15,
        LogLevel.Warning,
        "Jobs that no signal told of could not be looked for; tried again in a second"
    )]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "The loop of commits met what it did not expect; it goes on")]
    public static partial void CommitLoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Whether jobs that run here were changed could not be read; tried again soon")]
    public static partial void CancellationsNotRead(this ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Debug, "Job {Job} could not be given the state {State}, attempt {Attempt}")]
    public static partial void StateNotChanged(
        this ILogger logger,
        string job,
        string state,
        int attempt,
        Exception exception
    );

    [LoggerMessage(12, LogLevel.Error, "Job {Job} fails: {Attempts} attempts to give it the state {State} have failed")]
    public static partial void StateGivenUp(
        this ILogger logger,
        string job,
        string state,
        int attempts,
        Exception exception
    );

    [LoggerMessage(13, LogLevel.Warning, "The server has stopped amid job {Job}; it is run again: {RunsAgain}")]
    public static partial void StoppedAmidJob(this ILogger logger, string job, bool runsAgain, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "Job {Job} could not be given back; it is found when the lease is renewed")]
    public static partial void NotRequeued(this ILogger logger, string job, Exception exception);
}
