using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Events;
using JobServer.Jobs.Input;
using JobServer.Jobs.Results;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs;

/// <summary>What can be asked of any job, whatever its kind.</summary>
internal static class JobEndpoints
{
    private const int MaxErrorGroups = 200;

    /// <summary>The group all endpoints of jobs live in.</summary>
    public static RouteGroupBuilder MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/v1/jobs")
            .WithTags("Jobs")
            .NeedsByMethod(Scopes.ReadJobs, Scopes.WriteJobs)
            .AddEndpointFilter(AuditFilter.WriteAsync)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        jobs.MapGet("/", ListAsync)
            .WithName("ListJobs")
            .WithSummary("Jobs, newest first")
            .Produces<JobPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        jobs.MapGet("/{id:guid}", GetAsync)
            .WithName("GetJob")
            .WithSummary("One job")
            .ProducesProblem(StatusCodes.Status404NotFound);
        jobs.MapGet("/{id:guid}/results", ResultEndpoint.GetAsync)
            .WithName("GetResults")
            .WithSummary("One line per item, in order; while the job runs, the completed prefix")
            .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson", "text/csv", "application/json")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status406NotAcceptable);
        jobs.MapGet("/{id:guid}/errors", ErrorsAsync)
            .WithName("GetErrors")
            .WithSummary("Failed items, grouped by code and host")
            .ProducesProblem(StatusCodes.Status404NotFound);
        jobs.MapGet("/{id:guid}/events", EventEndpoint.GetAsync)
            .WithName("GetEvents")
            .WithSummary("States and progress as they come, until the job ends")
            .WithDescription(
                "Server-sent events: `state` (state, at), `progress` (as in the job), `end` (state, at, progress, error), "
                    + "and a `heartbeat` every 15 s. Goes on after `Last-Event-ID`; 204 to who has seen the end."
            )
            .Produces<string>(StatusCodes.Status200OK, EventEndpoint.ContentType)
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status406NotAcceptable)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
        jobs.MapGet("/{id:guid}/log", LogEndpoint.GetAsync)
            .WithName("GetLog")
            .WithSummary("What happened to a job, oldest first")
            .Produces<LogPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        jobs.MapPost("/{id:guid}/cancel", CancelAsync)
            .WithName("CancelJob")
            .WithSummary("Ends a job; what is done stays")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        jobs.MapPause();
        jobs.MapRetry();
        jobs.MapDelete("/{id:guid}", DeleteAsync)
            .WithName("DeleteJob")
            .WithSummary("Erases a finished job and its results")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        return jobs;
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        JobStore jobs,
        JobKinds kinds,
        string? kind,
        string? state,
        string? tag,
        string? schedule,
        string? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        if (kind is not null && kinds.Find(kind) is null)
            faults.Add("kind", $"must be one of {string.Join(", ", kinds.All.Select(known => known.Name))}");
        JobState wanted = default;
        if (state is not null && !JobStates.TryParse(state, out wanted))
            faults.Add("state", $"must be one of {string.Join(", ", JobStates.All)}");
        var count = 50;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > 500))
            faults.Add("limit", "must be a whole number from 1 to 500");
        var before = PageQuery.Id(cursor, faults);
        PageQuery.Check("tag", tag, faults);
        PageQuery.Check("schedule", schedule, faults);
        if (faults.Any)
            return Problems.Invalid(faults);

        var page = await jobs.ListAsync(
            caller.Tenant,
            kind,
            state is null ? null : wanted,
            tag,
            schedule,
            before,
            count + 1,
            cancellationToken
        );
        var data = page.Take(count).Select(job => JobView.Of(job, kinds)).ToList();
        return TypedResults.Ok(new JobPage(data, page.Count > count ? data[^1].Id.ToString() : null));
    }

    /// <summary>The job as it is now.</summary>
    public static async Task<Results<Ok<JobView>, ProblemHttpResult>> GetAsync(
        Guid id,
        Caller caller,
        JobStore jobs,
        JobKinds kinds,
        CancellationToken cancellationToken
    ) =>
        await jobs.FindAsync(caller.Job(id), cancellationToken) is { } job
            ? TypedResults.Ok(JobView.Of(job, kinds))
            : Problems.NoSuchJob(id);

    private static async Task<Results<Ok<ErrorPage>, ProblemHttpResult>> ErrorsAsync(
        Guid id,
        Caller caller,
        JobStore jobs,
        ResultStore results,
        CancellationToken cancellationToken
    )
    {
        if (await jobs.FindAsync(caller.Job(id), cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        var groups = await results.ErrorsAsync(job.Key, MaxErrorGroups, cancellationToken);
        return TypedResults.Ok(
            new ErrorPage([
                .. groups.Select(group => new ErrorGroupView(
                    group.Code,
                    group.Host,
                    group.Count,
                    new ErrorSample(group.SampleSeq, group.SampleDetail)
                )),
            ])
        );
    }

    private static async Task<Results<Ok<JobView>, Accepted<JobView>, ProblemHttpResult>> CancelAsync(
        Guid id,
        Caller caller,
        JobStore jobs,
        JobKinds kinds,
        JobEnd jobEnd,
        CancellationToken cancellationToken
    )
    {
        var key = caller.Job(id);
        var state = await jobEnd.CancelAsync(key, cancellationToken);
        if (state is null || await jobs.FindAsync(key, cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        return state switch
        {
            JobState.Cancelling => TypedResults.Accepted(JobLinks.PathOf(id), JobView.Of(job, kinds)),
            JobState.Cancelled => TypedResults.Ok(JobView.Of(job, kinds)),
            _ => Problems.WrongState($"The job has ended already: it is {state.Value.ToText()}."),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id,
        Caller caller,
        JobStore jobs,
        CancellationToken cancellationToken
    )
    {
        var key = caller.Job(id);
        if (await jobs.DeleteAsync(key, cancellationToken))
            return TypedResults.NoContent();
        if (await jobs.FindAsync(key, cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        return Problems.WrongState(
            job.Held ? "The job is held; release it before erasing it."
            : job.State.IsFinished()
                ? "A job that has not ended reads from its results; they can be erased once it has."
            : $"The job is {job.State.ToText()}; cancel it before erasing it."
        );
    }
}
