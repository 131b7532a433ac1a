namespace JobServer.Ledger;

/// <summary>Whose job, and which: the key of every table of the ledger.</summary>
public readonly record struct JobKey(string Tenant, Guid Id)
{
    /// <summary>The tenant of the server's operator.</summary>
    public const string DefaultTenant = "default";
}

/// <summary>A job as the ledger holds it.</summary>
/// <param name="Args">What was asked for beside the items, as UTF-8 JSON with defaults filled in.</param>
/// <param name="Lanes">How many lanes share its concurrency.</param>
/// <param name="ChunkSize">Items of each chunk but the last.</param>
/// <param name="Batched">Outcomes are recorded in runs of consecutive items, from the first of a chunk on.</param>
/// <param name="DuplicatesPrevented">Results that fenced attempts brought and that were not written.</param>
/// <param name="Repairs">Times the reconciler enqueued one of its lanes again.</param>
/// <param name="UniqueKey">No other unfinished job has it.</param>
/// <param name="StartAt">It waits until then.</param>
/// <param name="ScheduleId">Of the schedule that made it.</param>
/// <param name="DueAt">The due time it was made for; null when its schedule was triggered by hand.</param>
/// <param name="Held">Retention spares it.</param>
/// <param name="Priority">Of its lanes among those that wait.</param>
public sealed record Job(
    JobKey Key,
    string Kind,
    string Queue,
    JobState State,
    byte[] Args,
    string[] Tags,
    int Lanes,
    int ChunkSize,
    bool Batched,
    int Total,
    int Succeeded,
    int Failed,
    float TolerateFailedPercent,
    TimeSpan? JobTimeout,
    JobError? Error,
    Guid? RetryOf,
    long DuplicatesPrevented,
    int Repairs,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? UniqueKey = null,
    DateTimeOffset? StartAt = null,
    DateTimeOffset? Deadline = null,
    string? ScheduleId = null,
    DateTimeOffset? DueAt = null,
    bool Held = false,
    JobPriority Priority = JobPriority.Normal
)
{
    /// <summary>Hangfire's queue for its lanes.</summary>
    public string LaneQueue => Priority.QueueOf(Queue);

    /// <summary>Items without a recorded outcome.</summary>
    public int Pending => Total - Succeeded - Failed;

    /// <summary>Succeeded items among the recorded ones, 0 to 1; null before the first.</summary>
    public double? SuccessRate => RateOf(Succeeded, Failed);

    /// <summary>The rate of these two; null when both are 0.</summary>
    public static double? RateOf(int succeeded, int failed) =>
        succeeded + failed == 0 ? null : Math.Round((double)succeeded / (succeeded + failed), 4);
}

/// <summary>Why a job ended as it did, beyond the errors of its items.</summary>
public sealed record JobError(string Code, string Detail);

/// <summary>A job to be accepted; its chunks are written before it, in the same transaction.</summary>
/// <param name="Args">UTF-8 JSON.</param>
/// <param name="TolerateFailedPercent">0 to 100; more failed items than this make the job fail.</param>
/// <param name="JobTimeout">Counted from its start; null means no limit.</param>
/// <param name="Actor">Who makes it.</param>
/// <param name="StartAt">It waits until then.</param>
/// <param name="Deadline">It expires when it has not started by then.</param>
/// <param name="UniqueKey">At most one unfinished job may have it.</param>
public sealed record NewJob(
    JobKey Key,
    string Kind,
    string Queue,
    byte[] Args,
    IReadOnlyList<string> Tags,
    int Lanes,
    int ChunkSize,
    bool Batched,
    int Total,
    float TolerateFailedPercent,
    TimeSpan? JobTimeout,
    DateTimeOffset? Deadline,
    Guid? RetryOf,
    Actor Actor,
    DateTimeOffset? StartAt = null,
    string? UniqueKey = null,
    ScheduledRun? Run = null,
    JobPriority Priority = JobPriority.Normal
);

/// <summary>The schedule a job is made by.</summary>
/// <param name="DueAt">The due time it is made for; null when it is triggered by hand.</param>
/// <param name="InLine">It waits for all earlier jobs of the schedule.</param>
public sealed record ScheduledRun(string ScheduleId, DateTimeOffset? DueAt, bool InLine);
