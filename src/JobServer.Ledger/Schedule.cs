namespace JobServer.Ledger;

/// <summary>Identifies a schedule.</summary>
public readonly record struct ScheduleKey(string Tenant, string Id)
{
    /// <summary>The id alone of a schedule of the default tenant, otherwise <c>tenant/id</c>: neither has a slash.</summary>
    public override string ToString() => Tenant == JobKey.DefaultTenant ? Id : $"{Tenant}/{Id}";

    /// <summary>What <see cref="ToString"/> made.</summary>
    public static ScheduleKey Parse(string text) =>
        text.IndexOf('/') is > 0 and var slash
            ? new ScheduleKey(text[..slash], text[(slash + 1)..])
            : new ScheduleKey(JobKey.DefaultTenant, text);
}

/// <summary>What a schedule submits, and when.</summary>
/// <param name="Cron">Five or six fields, or a macro.</param>
/// <param name="TimeZone">The id as it was given.</param>
/// <param name="Args">The body of a submission, as UTF-8 JSON.</param>
/// <param name="Misfire">One of <see cref="MisfirePolicy"/>.</param>
/// <param name="MisfireLimit">Jobs that one outage is made up for with, at most.</param>
/// <param name="Overlap">One of <see cref="OverlapPolicy"/>.</param>
/// <param name="Jitter">A job starts this much later at most.</param>
/// <param name="StartAt">No due time lies before it.</param>
/// <param name="EndAt">No due time lies after it.</param>
public sealed record ScheduleDefinition(
    string Cron,
    string TimeZone,
    string Kind,
    byte[] Args,
    string Misfire,
    int MisfireLimit,
    string Overlap,
    TimeSpan Jitter,
    DateTimeOffset? StartAt,
    DateTimeOffset? EndAt
);

/// <summary>A schedule as the ledger holds it.</summary>
/// <param name="Declared">By the configuration of a server.</param>
/// <param name="SeenUntil">Every due time up to here has been seen to.</param>
/// <param name="NextDueAt">The first due time after that; null when there is none.</param>
/// <param name="ReadAt">The database's time when it was read.</param>
public sealed record Schedule(
    ScheduleKey Key,
    ScheduleDefinition Definition,
    bool Paused,
    bool Declared,
    DateTimeOffset SeenUntil,
    DateTimeOffset? NextDueAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset ReadAt
);

/// <summary>What became of one due time.</summary>
/// <param name="JobId">The job it became, or that was in its way.</param>
/// <param name="Outcome">One of <see cref="RunOutcome"/>.</param>
/// <param name="Detail">Why there is no job of it.</param>
public sealed record ScheduleRun(DateTimeOffset DueAt, string Outcome, Guid? JobId, string? Detail, DateTimeOffset At);

/// <summary>What is done about due times at which no server was up.</summary>
public static class MisfirePolicy
{
    /// <summary>None gets a job.</summary>
    public const string Skip = "skip";

    /// <summary>The newest gets a job.</summary>
    public const string RunOnce = "runOnce";

    /// <summary>The newest get a job each, up to a limit.</summary>
    public const string RunAll = "runAll";
}

/// <summary>What is done about a due time while an earlier job of its schedule has not ended.</summary>
public static class OverlapPolicy
{
    /// <summary>It gets its job all the same.</summary>
    public const string Allow = "allow";

    /// <summary>It gets none.</summary>
    public const string Skip = "skip";

    /// <summary>Its job waits for the earlier ones.</summary>
    public const string Queue = "queue";
}

/// <summary>What can become of a due time.</summary>
public static class RunOutcome
{
    /// <summary>It got its job.</summary>
    public const string Submitted = "submitted";

    /// <summary>Earlier jobs were in its way.</summary>
    public const string Overlapped = "overlapped";

    /// <summary>No server was up, and the policy gives it no job.</summary>
    public const string Missed = "missed";

    /// <summary>The args were refused when it was due.</summary>
    public const string Refused = "refused";
}
