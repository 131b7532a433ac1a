using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Features;

namespace JobServer.Jobs;

/// <summary><c>POST …/retry</c>, with a selection of items as its body, or without one.</summary>
internal static class RetryEndpoint
{
    private const int MaxBytes = 16 << 10;

    public static void MapRetry(this RouteGroupBuilder jobs) =>
        jobs.MapPost("/{id:guid}/retry", RetryAsync)
            .WithName("RetryJob")
            .WithSummary("Makes a new job of items of a finished one")
            .WithDescription(
                "Without a body, or with an empty object: of all items that failed or never ran. A selection takes those of "
                    + "one state (succeeded, failed, not_run), with one error code, at one host, as the job's errors name them."
            )
            .Accepts<RetrySelection>(isOptional: true, "application/json")
            .Produces<JobView>()
            .Produces<JobView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .IsRepeatable();

    private static async Task<IResult> RetryAsync(
        Guid id,
        Caller caller,
        HttpContext http,
        JobStore jobs,
        JobRetry retry,
        SubmissionEndpoint submissions,
        CancellationToken cancellationToken
    )
    {
        var (request, unreadable) = RepeatableRequest.Of(http);
        if (unreadable is not null)
            return unreadable;
        var selection = RetrySelection.Unsuccessful;
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            if (SubmissionEndpoint.Refusal(http, new BodyLimit(MaxBytes)) is { } refusal)
                return refusal;
            var faults = new Faults();
            using var body = await JsonBody.ReadAsync(
                http.Request.BodyReader,
                MaxBytes,
                hint: null,
                faults,
                cancellationToken
            );
            if (body is not null)
                selection = RetrySelection.Read(new Fields(body.RootElement, "", faults));
            if (faults.Any)
                return Problems.Invalid(faults);
        }

        return await jobs.FindAsync(caller.Job(id), cancellationToken) is { } job
            ? await submissions.AnswerAsync(
                http,
                await retry.AcceptAsync(job, selection, caller, request, cancellationToken)
            )
            : Problems.NoSuchJob(id);
    }
}
