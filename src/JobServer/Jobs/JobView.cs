using System.Text.Json;
using System.Text.Json.Serialization;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>A job as clients see it.</summary>
/// <param name="State">scheduled, queued, running, paused, cancelling, succeeded, partially_succeeded, failed, cancelled or expired.</param>
/// <param name="Priority">high, normal or low, among the jobs of its kind that wait.</param>
/// <param name="Options">What was asked for, defaults filled in.</param>
/// <param name="RetryOf">The job whose items this one repeats.</param>
/// <param name="StartAt">It waits until then; null when it did not have to.</param>
/// <param name="Deadline">It expires when it has not started by then.</param>
/// <param name="UniqueKey">No other unfinished job has it.</param>
/// <param name="Schedule">The id of the schedule that made it.</param>
/// <param name="DueAt">The due time of the schedule it was made for; null when that was triggered by hand.</param>
/// <param name="Held">Retention spares it.</param>
/// <param name="Results">All result lines, where <c>Prefer: wait</c> saw the end of a job of at most 100 items.</param>
internal sealed record JobView(
    Guid Id,
    string Kind,
    string State,
    string Queue,
    string Priority,
    IReadOnlyList<string> Tags,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    JobProgress Progress,
    JobError? Error,
    JsonElement Options,
    JobLinks Links,
    Guid? RetryOf,
    DateTimeOffset? StartAt = null,
    DateTimeOffset? Deadline = null,
    string? UniqueKey = null,
    string? Schedule = null,
    DateTimeOffset? DueAt = null,
    bool Held = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RawJson? Results = null
)
{
    private static readonly JsonElement _none = JsonDocument.Parse("{}").RootElement;

    public static JobView Of(Job job, JobKinds kinds)
    {
        var kind = kinds.Find(job.Kind);
        return new JobView(
            job.Key.Id,
            job.Kind,
            job.State.ToText(),
            job.Queue,
            job.Priority.ToText(),
            job.Tags,
            job.CreatedAt,
            job.StartedAt,
            job.FinishedAt,
            JobProgress.Of(job),
            job.Error,
            OptionsOf(job, kind),
            JobLinks.Of(job.Key.Id, kind?.HasReport ?? false),
            job.RetryOf,
            job.StartAt,
            job.Deadline,
            job.UniqueKey,
            job.ScheduleId,
            job.DueAt,
            job.Held
        );
    }

    /// <summary>None where this version does not know what of them may be shown.</summary>
    private static JsonElement OptionsOf(Job job, IJobKind? kind)
    {
        if (kind is null)
            return _none;
        try
        {
            using var args = JsonDocument.Parse(kind.ShowArgs(job.Args));
            return args.RootElement.TryGetProperty("options", out var found) ? found.Clone() : _none;
        }
        catch (NewerJobException)
        {
            return _none;
        }
    }
}

/// <summary>How far a job is, in items.</summary>
/// <param name="Pending">Without a recorded outcome yet; of a cancelled job: never run.</param>
/// <param name="SuccessRate">Succeeded among the recorded, 0 to 1; null before the first.</param>
/// <param name="DuplicatesPrevented">Results of fenced attempts that were not written a second time.</param>
/// <param name="Repairs">Times a lane was enqueued again because nobody would have run it.</param>
internal sealed record JobProgress(
    int Total,
    int Succeeded,
    int Failed,
    int Pending,
    double? SuccessRate,
    long DuplicatesPrevented,
    int Repairs
)
{
    public static JobProgress Of(Job job) =>
        new(job.Total, job.Succeeded, job.Failed, job.Pending, job.SuccessRate, job.DuplicatesPrevented, job.Repairs);

    public static JobProgress Of(WatchedJob job) =>
        new(
            job.Total,
            job.Succeeded,
            job.Failed,
            job.Total - job.Succeeded - job.Failed,
            Job.RateOf(job.Succeeded, job.Failed),
            job.DuplicatesPrevented,
            job.Repairs
        );
}

/// <summary>Where to go from a job.</summary>
/// <param name="Report">Of kinds that have one.</param>
internal sealed record JobLinks(
    string Self,
    string Results,
    string Errors,
    string Events,
    string Log,
    string Cancel,
    string Pause,
    string Resume,
    string Retry,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Report
)
{
    public static JobLinks Of(Guid id, bool hasReport = false) =>
        new(
            PathOf(id),
            $"{PathOf(id)}/results",
            $"{PathOf(id)}/errors",
            $"{PathOf(id)}/events",
            $"{PathOf(id)}/log",
            $"{PathOf(id)}/cancel",
            $"{PathOf(id)}/pause",
            $"{PathOf(id)}/resume",
            $"{PathOf(id)}/retry",
            hasReport ? $"{PathOf(id)}/report" : null
        );

    public static string PathOf(Guid id) => $"/v1/jobs/{id}";
}

/// <summary>A page of jobs, newest first.</summary>
/// <param name="NextCursor">Asks for the page after this one; null on the last.</param>
internal sealed record JobPage(IReadOnlyList<JobView> Data, string? NextCursor);

/// <summary>Failed items of a job, grouped.</summary>
internal sealed record ErrorPage(IReadOnlyList<ErrorGroupView> Data);

/// <summary>Failed items with the same code at the same host.</summary>
/// <param name="Sample">The first of them.</param>
internal sealed record ErrorGroupView(string Code, string? Host, int Count, ErrorSample Sample);

/// <summary>One failed item.</summary>
internal sealed record ErrorSample(int Seq, string? Detail);
