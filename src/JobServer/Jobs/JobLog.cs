using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>All that jobs and lanes say.</summary>
internal static partial class JobLog
{
    [LoggerMessage(1, LogLevel.Information, "Job {JobId} ({Kind}) accepted: {Total} items in {Lanes} lanes")]
    public static partial void JobAccepted(this ILogger logger, Guid jobId, string kind, int total, int lanes);

    [LoggerMessage(2, LogLevel.Information, "Job {JobId} ({Kind}) started after {Waited} in queue {Queue}")]
    public static partial void JobStarted(this ILogger logger, Guid jobId, string kind, TimeSpan? waited, string queue);

    [LoggerMessage(
        3,
        LogLevel.Information,
        "Job {JobId} ({Kind}) ended {Outcome} after {Duration}: {Succeeded} succeeded, {Failed} failed of {Total}"
    )]
    private static partial void JobEnded(
        this ILogger logger,
        Guid jobId,
        string kind,
        string outcome,
        TimeSpan? duration,
        int succeeded,
        int failed,
        int total
    );

    public static void JobEnded(this ILogger logger, Job job) =>
        logger.JobEnded(
            job.Key.Id,
            job.Kind,
            job.State.ToText(),
            job.FinishedAt - (job.StartedAt ?? job.CreatedAt),
            job.Succeeded,
            job.Failed,
            job.Total
        );

    [LoggerMessage(4, LogLevel.Information, "Lane {Lane} of job {JobId} ({Kind}) started, epoch {Epoch}")]
    public static partial void LaneStarted(this ILogger logger, int lane, Guid jobId, string kind, int epoch);

    [LoggerMessage(
        5,
        LogLevel.Information,
        "Lane {Lane} of job {JobId} ({Kind}) ended {Outcome} after {Duration}: {Recorded} items recorded"
    )]
    public static partial void LaneEnded(
        this ILogger logger,
        int lane,
        Guid jobId,
        string kind,
        string outcome,
        TimeSpan duration,
        int recorded
    );

    [LoggerMessage(6, LogLevel.Error, "Lane {Lane} of job {JobId} ({Kind}) failed after {Duration}")]
    public static partial void LaneFailed(
        this ILogger logger,
        int lane,
        Guid jobId,
        string kind,
        TimeSpan duration,
        Exception exception
    );

    [LoggerMessage(7, LogLevel.Information, "Lane {Lane} of job {JobId} has nothing to run: {Reason}")]
    public static partial void LaneSkipped(this ILogger logger, int lane, Guid jobId, string reason);

    [LoggerMessage(8, LogLevel.Error, "Item {Seq} of job {JobId} ({Kind}) hit a defect of this server")]
    public static partial void ItemDefect(this ILogger logger, int seq, Guid jobId, string kind, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "Lane {Lane} of job {JobId} is fenced: {Prevented} late results not written")]
    public static partial void LaneFenced(this ILogger logger, int lane, Guid jobId, int prevented);

    [LoggerMessage(10, LogLevel.Warning, "{Count} items of job {JobId} failed with {Code}: {Detail}")]
    public static partial void ItemsGivenUp(this ILogger logger, int count, Guid jobId, string code, string detail);

    [LoggerMessage(11, LogLevel.Warning, "Lane {Lane} of job {JobId} enqueued again: its Hangfire job was {State}")]
    public static partial void LaneRepaired(this ILogger logger, int lane, Guid jobId, string state);

    [LoggerMessage(12, LogLevel.Warning, "{Activity} could not reach the database; trying again")]
    public static partial void DatabaseAway(this ILogger logger, string activity, Exception exception);

    [LoggerMessage(16, LogLevel.Warning, "{Event} could not be written into the log of job {JobId}")]
    public static partial void EntryNotWritten(this ILogger logger, string @event, Guid jobId, Exception exception);

    [LoggerMessage(13, LogLevel.Warning, "Signals of other hosts are not heard; looking more often instead")]
    public static partial void SignalsLost(this ILogger logger, Exception exception);

    [LoggerMessage(14, LogLevel.Debug, "Signals of other hosts are heard")]
    public static partial void SignalsHeard(this ILogger logger);

    [LoggerMessage(15, LogLevel.Warning, "Other hosts could not be told of changes; they will see them a little later")]
    public static partial void SignalsNotSent(this ILogger logger, Exception exception);

    [LoggerMessage(17, LogLevel.Warning, "Lane {Lane} of job {JobId} is left to another host for {Delay}: {Reason}")]
    public static partial void LaneLeft(this ILogger logger, int lane, Guid jobId, string reason, TimeSpan delay);
}
