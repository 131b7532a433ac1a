using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Retention;

/// <summary>What erases old jobs and files, and how a job is spared.</summary>
internal static class RetentionModule
{
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services
            .AddOptions<RetentionOptions>()
            .BindConfiguration(RetentionOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<ErasureStore>();
        services.AddHostedService<Sweeper>();
        return services;
    }

    public static void MapHold(this RouteGroupBuilder jobs)
    {
        jobs.MapPost(
                "/{id:guid}/hold",
                (Guid id, Caller caller, JobStore store, JobKinds kinds, CancellationToken cancellationToken) =>
                    HoldAsync(id, caller, held: true, store, kinds, cancellationToken)
            )
            .WithName("HoldJob")
            .WithSummary("Keeps a job and its results for good, until it is released")
            .ProducesProblem(StatusCodes.Status404NotFound);
        jobs.MapPost(
                "/{id:guid}/release",
                (Guid id, Caller caller, JobStore store, JobKinds kinds, CancellationToken cancellationToken) =>
                    HoldAsync(id, caller, held: false, store, kinds, cancellationToken)
            )
            .WithName("ReleaseJob")
            .WithSummary("Leaves a job that was held to retention again")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> HoldAsync(
        Guid id,
        Caller caller,
        bool held,
        JobStore jobs,
        JobKinds kinds,
        CancellationToken cancellationToken
    ) =>
        await jobs.HoldAsync(caller.Job(id), held, cancellationToken)
            ? await JobEndpoints.GetAsync(id, caller, jobs, kinds, cancellationToken)
            : Problems.NoSuchJob(id);
}
