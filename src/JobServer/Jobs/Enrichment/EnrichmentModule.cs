using JobServer.Access;
using JobServer.Files;
using JobServer.Hosting;
using JobServer.Jobs.Enrichment.Lookups;
using JobServer.Jobs.Enrichment.Plan;
using JobServer.Jobs.Results;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>The kind <c>enrichment</c>: what it registers, where it is submitted and planned.</summary>
internal static class EnrichmentModule
{
    public static IServiceCollection AddEnrichmentJobs(this IServiceCollection services)
    {
        services
            .AddOptions<EnrichmentOptions>()
            .BindConfiguration(EnrichmentOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<LookupServices>();
        services.AddSingleton(provider => new RecordStores(
            provider.GetRequiredService<FileStore>(),
            provider.GetRequiredService<JobStore>(),
            provider.GetRequiredService<ResultReader>
        ));
        services.AddSingleton<EnrichmentKind>();
        services.AddSingleton<IJobKind>(provider => provider.GetRequiredService<EnrichmentKind>());
        services.AddSingleton<EnrichmentInputs>();
        services.AddSingleton<EnrichmentAcceptance>();
        services.AddSingleton<EnrichmentSubmitted>();
        services.AddKeyedSingleton<IJobSubmission, EnrichmentSubmissions>(EnrichmentKind.KindName);
        services.AddKeyedSingleton<IJobRetry, EnrichmentRetry>(EnrichmentKind.KindName);
        return services;
    }

    public static void MapEnrichmentJobs(this RouteGroupBuilder jobs)
    {
        jobs.MapPost("/enrichment", SubmitAsync)
            .WithName("SubmitEnrichmentJob")
            .WithTags("Enrichment")
            .WithSummary("Enriches the records of files, of the body, or of another job's results")
            .WithDescription(
                "Answers 202 once the job is stored. With Prefer: wait=SECONDS (60 at most) it answers 200 with the "
                    + "finished job if it ends in time, and with its results if it has at most 100 records."
            )
            .TakesSubmission<EnrichmentBody>();
        jobs.MapPost("/enrichment/plan", PlanAsync)
            .WithName("PlanEnrichmentJob")
            .WithTags("Enrichment")
            .WithSummary("Says what an enrichment would do: columns, first records, rejects, lookups; runs nothing")
            .WithMetadata(LeavesNoEntry.Instance)
            .Accepts<EnrichmentBody>("application/json")
            .Produces<EnrichmentPlan>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
    }

    private static Task<IResult> SubmitAsync(HttpContext http, Caller caller, SubmissionEndpoint submissions) =>
        submissions.SubmitAsync(http, caller, EnrichmentKind.KindName);

    private static async Task<IResult> PlanAsync(
        HttpContext http,
        Caller caller,
        EnrichmentSubmitted submitted,
        RecordStores stores,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (SubmissionEndpoint.Refusal(http, submitted.Limit) is { } refusal)
            return refusal;
        var (submission, shape, faults) = await submitted.ReadAsync(
            http.Request.BodyReader,
            caller.Tenant,
            cancellationToken
        );
        if (submission is null || shape is null)
            return Problems.Invalid(faults);
        var settings = submission.Settings;
        var blocks = submission.Records is { } records
            ? records.Blocks(settings.BatchSize, PieceBuilder.PieceBytes).ToAsyncEnumerable()
            : new RecordSource(caller.Tenant, shape, settings.BatchSize, stores)
                .ReadAsync(0, Math.Min(shape.Records, Planner.MaxScanned), cancellationToken)
                .Select(placed => placed.Block);
        return TypedResults.Ok(
            await Planner.MakeAsync(blocks, settings, shape.Columns, shape.Records, time, cancellationToken)
        );
    }
}
