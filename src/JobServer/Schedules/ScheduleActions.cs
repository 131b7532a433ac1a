using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Schedules;

/// <summary>What can be done with a schedule that is there, and what it did and will do.</summary>
internal static class ScheduleActions
{
    private const int DefaultUpcoming = 10;
    private const int MaxUpcoming = 1000;

    public static void Map(RouteGroupBuilder schedules)
    {
        schedules
            .MapPost("/{id}/pause", PauseAsync)
            .WithName("PauseSchedule")
            .WithSummary("Nothing is due until it is resumed; jobs that are there go on")
            .ProducesProblem(StatusCodes.Status404NotFound);
        schedules
            .MapPost("/{id}/resume", ResumeAsync)
            .WithName("ResumeSchedule")
            .WithSummary("It is due again from now on; the time it was paused is not made up for")
            .ProducesProblem(StatusCodes.Status404NotFound);
        schedules
            .MapPost("/{id}/trigger", TriggerAsync)
            .WithName("TriggerSchedule")
            .WithSummary("Submits a job of it now, whatever else runs")
            .WithDescription(
                "The job has no due time, overlap and jitter do not apply, and a paused schedule can be triggered, too. "
                    + "Knows Prefer: wait=SECONDS."
            )
            .Produces<JobView>()
            .Produces<JobView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .IsRepeatable();
        schedules
            .MapGet("/{id}/upcoming", UpcomingAsync)
            .WithName("GetUpcoming")
            .WithSummary("The next due times, as if it were not paused")
            .WithDescription("count: 1 to 1000, default 10. Each in UTC, and in the schedule's zone with its offset.")
            .Produces<UpcomingPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        schedules
            .MapGet("/{id}/runs", RunsAsync)
            .WithName("GetScheduleRuns")
            .WithSummary("What became of past due times, newest first; the newest 1,000 are kept")
            .Produces<ScheduleRunPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static Task<Results<Ok<ScheduleView>, ProblemHttpResult>> PauseAsync(
        string id,
        Caller caller,
        ScheduleChanges changes,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    ) => SetPausedAsync(caller.Schedule(id), paused: true, changes, schedules, runs, cancellationToken);

    private static Task<Results<Ok<ScheduleView>, ProblemHttpResult>> ResumeAsync(
        string id,
        Caller caller,
        ScheduleChanges changes,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    ) => SetPausedAsync(caller.Schedule(id), paused: false, changes, schedules, runs, cancellationToken);

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> SetPausedAsync(
        ScheduleKey key,
        bool paused,
        ScheduleChanges changes,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    )
    {
        if (
            !ScheduleIds.IsValid(key.Id)
            || await changes.SetPausedAsync(key, paused, cancellationToken) == ScheduleChange.Unknown
        )
            return Problems.NoSuchSchedule(key.Id);
        return await ScheduleEndpoints.FindAsync(key, schedules, runs, cancellationToken) is { } view
            ? TypedResults.Ok(view)
            : Problems.NoSuchSchedule(key.Id);
    }

    private static async Task<IResult> TriggerAsync(
        string id,
        Caller caller,
        HttpContext http,
        ScheduleStore schedules,
        ScheduleSubmission submission,
        SubmissionEndpoint submissions,
        ILogger<ScheduleSubmission> logger,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller.Schedule(id), schedules, cancellationToken) is not { } schedule)
            return Problems.NoSuchSchedule(id);
        var (request, unreadable) = RepeatableRequest.Of(http);
        if (unreadable is not null)
            return unreadable;
        var origin = Origin.Of(caller) with
        {
            Request = request,
            Run = new ScheduledRun(id, DueAt: null, InLine: false),
        };
        var acceptance = await submissions.OrMadeBeforeAsync(
            await submission.AcceptAsync(schedule.Definition, origin, cancellationToken),
            origin,
            cancellationToken
        );
        // A 400 would say that this request is wrong.
        if (
            acceptance.Refusal is
            { StatusCode: StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge }
        )
            return Problems.ScheduleRefused(acceptance.Refusal);
        if (acceptance.Job is not null)
            logger.ScheduleTriggered(id);
        return await submissions.AnswerAsync(http, acceptance);
    }

    private static async Task<IResult> UpcomingAsync(
        string id,
        Caller caller,
        string? count,
        ScheduleStore schedules,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var most = PageQuery.Number("count", count, DefaultUpcoming, MaxUpcoming, faults);
        if (faults.Any)
            return Problems.Invalid(faults);
        if (await FindAsync(caller.Schedule(id), schedules, cancellationToken) is not { } schedule)
            return Problems.NoSuchSchedule(id);
        var timetable = Timetable.Of(schedule.Definition);
        return TypedResults.Ok(
            new UpcomingPage([
                .. timetable
                    .Following(schedule.ReadAt, most)
                    .Select(due => new UpcomingView(due, TimeZoneInfo.ConvertTime(due, timetable.Zone))),
            ])
        );
    }

    private static async Task<IResult> RunsAsync(
        string id,
        Caller caller,
        string? limit,
        string? cursor,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = PageQuery.Limit(limit, faults);
        var before = PageQuery.Time(cursor, faults);
        if (faults.Any)
            return Problems.Invalid(faults);
        if (await FindAsync(caller.Schedule(id), schedules, cancellationToken) is not { } schedule)
            return Problems.NoSuchSchedule(id);
        var page = await runs.ListAsync(schedule.Key, before, count + 1, cancellationToken);
        var data = page.Take(count).Select(ScheduleRunView.Of).ToList();
        return TypedResults.Ok(new ScheduleRunPage(data, page.Count > count ? PageQuery.Cursor(data[^1].DueAt) : null));
    }

    private static async Task<Schedule?> FindAsync(
        ScheduleKey key,
        ScheduleStore schedules,
        CancellationToken cancellationToken
    ) => ScheduleIds.IsValid(key.Id) ? await schedules.FindAsync(key, cancellationToken) : null;
}
