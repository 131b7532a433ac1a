using JobServer.Files;
using JobServer.Hosting;
using JobServer.Jobs.Enrichment.Lookups;
using JobServer.Jobs.Enrichment.Plan;
using JobServer.Jobs.Input;
using JobServer.Jobs.Results;
using JobServer.Ledger;
using Microsoft.Extensions.Options;

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
            .Accepts<EnrichmentBody>("application/json")
            .Produces<JobView>()
            .Produces<JobView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        jobs.MapPost("/enrichment/plan", PlanAsync)
            .WithName("PlanEnrichmentJob")
            .WithTags("Enrichment")
            .WithSummary("Says what an enrichment would do: columns, first records, rejects, lookups; runs nothing")
            .Accepts<EnrichmentBody>("application/json")
            .Produces<EnrichmentPlan>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
    }

    private static async Task<IResult> SubmitAsync(
        HttpContext http,
        EnrichmentSubmitted submitted,
        EnrichmentAcceptance acceptance,
        SubmissionEndpoint submissions,
        CancellationToken cancellationToken
    )
    {
        var (submission, shape, refusal) = await submitted.ReadAsync(http, cancellationToken);
        if (submission is null || shape is null)
            return refusal!;
        var key = await acceptance.AcceptAsync(submission, shape, cancellationToken);
        return key is null
            ? Problems.WrongState("What the records are read from was erased meanwhile.")
            : await submissions.AnswerAsync(http, key.Value);
    }

    private static async Task<IResult> PlanAsync(
        HttpContext http,
        EnrichmentSubmitted submitted,
        RecordStores stores,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var (submission, shape, refusal) = await submitted.ReadAsync(http, cancellationToken);
        if (submission is null || shape is null)
            return refusal!;
        var settings = submission.Settings;
        var blocks = submission.Records is { } records
            ? records.Blocks(settings.BatchSize, PieceBuilder.PieceBytes).ToAsyncEnumerable()
            : new RecordSource(JobKey.DefaultTenant, shape, settings.BatchSize, stores)
                .ReadAsync(0, Math.Min(shape.Records, Planner.MaxScanned), cancellationToken)
                .Select(placed => placed.Block);
        return TypedResults.Ok(
            await Planner.MakeAsync(blocks, settings, shape.Columns, shape.Records, time, cancellationToken)
        );
    }
}

/// <summary>Reads what was submitted and finds what it refers to.</summary>
internal sealed class EnrichmentSubmitted(
    EnrichmentInputs inputs,
    IOptions<EnrichmentOptions> options,
    TimeProvider time
)
{
    /// <summary>The submission and what it reads from, or why it is refused.</summary>
    public async Task<(EnrichmentSubmission? Submission, InputShape? Shape, IResult? Refusal)> ReadAsync(
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var maxBytes = options.Value.MaxRequestBytes;
        if (SubmissionEndpoint.Refusal(http, maxBytes, EnrichmentSubmission.TooLargeHint) is { } refusal)
            return (null, null, refusal);
        var faults = new Faults();
        var submission = await EnrichmentSubmission.ReadAsync(
            http.Request.BodyReader,
            maxBytes,
            time,
            faults,
            cancellationToken
        );
        var shape = submission is null ? null : await inputs.FindAsync(submission, faults, cancellationToken);
        return shape is null ? (null, null, Problems.Invalid(faults)) : (submission, shape, null);
    }
}
