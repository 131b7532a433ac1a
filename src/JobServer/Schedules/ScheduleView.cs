using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>A schedule as clients see it.</summary>
/// <param name="Args">The body of a submission, as it was given.</param>
/// <param name="Declared">In the configuration: it cannot be changed here.</param>
/// <param name="NextDueAt">Null while it is paused, and after its end.</param>
/// <param name="LastRun">What became of the newest due time; null before the first.</param>
internal sealed record ScheduleView(
    string Id,
    string Cron,
    string TimeZone,
    string Kind,
    RawJson Args,
    string Misfire,
    int MisfireLimit,
    string Overlap,
    TimeSpan Jitter,
    DateTimeOffset? StartAt,
    DateTimeOffset? EndAt,
    bool Paused,
    bool Declared,
    DateTimeOffset? NextDueAt,
    ScheduleRunView? LastRun,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    ScheduleLinks Links
)
{
    public static ScheduleView Of(Schedule schedule, ScheduleRun? lastRun) =>
        new(
            schedule.Key.Id,
            schedule.Definition.Cron,
            schedule.Definition.TimeZone,
            schedule.Definition.Kind,
            new RawJson(schedule.Definition.Args),
            schedule.Definition.Misfire,
            schedule.Definition.MisfireLimit,
            schedule.Definition.Overlap,
            schedule.Definition.Jitter,
            schedule.Definition.StartAt,
            schedule.Definition.EndAt,
            schedule.Paused,
            schedule.Declared,
            schedule.Paused ? null : schedule.NextDueAt,
            lastRun is null ? null : ScheduleRunView.Of(lastRun),
            schedule.CreatedAt,
            schedule.UpdatedAt,
            ScheduleLinks.Of(schedule.Key.Id)
        );
}

/// <summary>What became of one due time.</summary>
/// <param name="Outcome">submitted, overlapped, missed or refused.</param>
/// <param name="JobId">The job that was submitted, or that was in the way.</param>
/// <param name="Detail">Why nothing was submitted.</param>
/// <param name="At">When it was seen to.</param>
internal sealed record ScheduleRunView(
    DateTimeOffset DueAt,
    string Outcome,
    Guid? JobId,
    string? Detail,
    DateTimeOffset At
)
{
    public static ScheduleRunView Of(ScheduleRun run) => new(run.DueAt, run.Outcome, run.JobId, run.Detail, run.At);
}

/// <summary>Where to go from a schedule.</summary>
internal sealed record ScheduleLinks(
    string Self,
    string Upcoming,
    string Runs,
    string Jobs,
    string Pause,
    string Resume,
    string Trigger
)
{
    public static ScheduleLinks Of(string id)
    {
        var self = ScheduleIds.PathOf(id);
        return new ScheduleLinks(
            self,
            $"{self}/upcoming",
            $"{self}/runs",
            $"/v1/jobs?schedule={id}",
            $"{self}/pause",
            $"{self}/resume",
            $"{self}/trigger"
        );
    }
}

/// <summary>A page of schedules, by their ids.</summary>
/// <param name="NextCursor">Asks for the page after this one; null on the last.</param>
internal sealed record SchedulePage(IReadOnlyList<ScheduleView> Data, string? NextCursor);

/// <summary>A page of runs, newest first.</summary>
/// <param name="NextCursor">Asks for the page after this one; null on the last.</param>
internal sealed record ScheduleRunPage(IReadOnlyList<ScheduleRunView> Data, string? NextCursor);

/// <summary>When a schedule is due next, as if it were not paused.</summary>
internal sealed record UpcomingPage(IReadOnlyList<UpcomingView> Data);

/// <summary>A due time to come.</summary>
/// <param name="DueAt">In UTC.</param>
/// <param name="Local">The same in the zone of the schedule, with its offset.</param>
internal sealed record UpcomingView(DateTimeOffset DueAt, DateTimeOffset Local);
