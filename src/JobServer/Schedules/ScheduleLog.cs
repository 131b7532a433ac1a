namespace JobServer.Schedules;

/// <summary>All that schedules say.</summary>
internal static partial class ScheduleLog
{
    [LoggerMessage(40, LogLevel.Information, "Schedule {Schedule} due at {DueAt:u} submitted job {JobId}")]
    public static partial void DueTimeSubmitted(this ILogger logger, string schedule, DateTimeOffset dueAt, Guid jobId);

    [LoggerMessage(41, LogLevel.Information, "Schedule {Schedule} due at {DueAt:u} submitted nothing: {Reason}")]
    public static partial void DueTimeOverlapped(
        this ILogger logger,
        string schedule,
        DateTimeOffset dueAt,
        string reason
    );

    [LoggerMessage(42, LogLevel.Warning, "Schedule {Schedule} due at {DueAt:u} was refused: {Detail}")]
    public static partial void DueTimeRefused(
        this ILogger logger,
        string schedule,
        DateTimeOffset dueAt,
        string detail
    );

    [LoggerMessage(
        43,
        LogLevel.Warning,
        "Schedule {Schedule} missed {Count} due times while no server was up, {First:u} to {Last:u}"
    )]
    public static partial void DueTimesMissed(
        this ILogger logger,
        string schedule,
        int count,
        DateTimeOffset first,
        DateTimeOffset last
    );

    [LoggerMessage(44, LogLevel.Information, "Schedule {Schedule} {Change}; next due at {NextDueAt:u}")]
    public static partial void ScheduleChanged(
        this ILogger logger,
        string schedule,
        string change,
        DateTimeOffset? nextDueAt
    );

    [LoggerMessage(45, LogLevel.Information, "Schedule {Schedule} deleted")]
    public static partial void ScheduleDeleted(this ILogger logger, string schedule);

    [LoggerMessage(46, LogLevel.Information, "Schedule {Schedule} triggered")]
    public static partial void ScheduleTriggered(this ILogger logger, string schedule);

    [LoggerMessage(47, LogLevel.Information, "Schedule {Schedule} is late; looked after without Hangfire")]
    public static partial void ScheduleLate(this ILogger logger, string schedule);

    [LoggerMessage(48, LogLevel.Warning, "Hangfire cannot be told of its recurring job {Recurring}; trying again")]
    public static partial void TickNotSet(this ILogger logger, string recurring, Exception exception);

    [LoggerMessage(49, LogLevel.Error, "Schedule {Schedule} could not be seen to")]
    public static partial void ScheduleFailed(this ILogger logger, string schedule, Exception exception);
}
