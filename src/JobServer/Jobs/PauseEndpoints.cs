using JobServer.Access;
using JobServer.Hosting;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs;

/// <summary>Holds a job, and lets it go on. Asking twice for the same is no fault.</summary>
internal static class PauseEndpoints
{
    public static void MapPause(this RouteGroupBuilder jobs)
    {
        jobs.MapPost("/{id:guid}/pause", PauseAsync)
            .WithName("PauseJob")
            .WithSummary("Holds a job: nothing of it is begun until it is resumed")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        jobs.MapPost("/{id:guid}/resume", ResumeAsync)
            .WithName("ResumeJob")
            .WithSummary("Lets a paused job go on where it was")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> PauseAsync(
        Guid id,
        Caller caller,
        JobPause pause,
        JobStore jobs,
        JobKinds kinds,
        CancellationToken cancellationToken
    ) =>
        await pause.PauseAsync(caller.Job(id), cancellationToken) switch
        {
            JobState.Paused => await JobEndpoints.GetAsync(id, caller, jobs, kinds, cancellationToken),
            { } state => Problems.WrongState($"The job is {state.ToText()}: there is nothing left to hold."),
            null => Problems.NoSuchJob(id),
        };

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> ResumeAsync(
        Guid id,
        Caller caller,
        JobPause pause,
        JobStore jobs,
        JobKinds kinds,
        CancellationToken cancellationToken
    ) =>
        await pause.ResumeAsync(caller.Job(id), cancellationToken) switch
        {
            JobState.Scheduled or JobState.Queued or JobState.Running => await JobEndpoints.GetAsync(
                id,
                caller,
                jobs,
                kinds,
                cancellationToken
            ),
            { } state => Problems.WrongState($"The job is {state.ToText()}: it does not go on."),
            null => Problems.NoSuchJob(id),
        };
}
