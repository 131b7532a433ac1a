using JobServer.Access;
using JobServer.Hosting;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Features;

namespace JobServer.Jobs.Submissions;

/// <summary>Takes submissions of any kind over HTTP and answers them.</summary>
internal sealed class SubmissionEndpoint(
    IServiceProvider services,
    JobStore jobs,
    IdempotencyStore keys,
    JobWaiter waiter,
    JobKinds kinds
)
{
    /// <summary>Reads the body as a submission of this kind; 202 with the job, or 200 when the client waits and it ends.</summary>
    public async Task<IResult> SubmitAsync(HttpContext http, Caller caller, string kind)
    {
        var submission = services.GetRequiredKeyedService<IJobSubmission>(kind);
        if (Refusal(http, submission.Limit) is { } refusal)
            return refusal;
        var (request, unreadable) = RepeatableRequest.Of(http);
        if (unreadable is not null)
            return unreadable;
        var origin = Origin.Of(caller) with { Request = request };
        var acceptance = await submission.AcceptAsync(http.Request.BodyReader, origin, http.RequestAborted);
        return await AnswerAsync(http, await OrMadeBeforeAsync(acceptance, origin, http.RequestAborted));
    }

    /// <summary>
    /// What a repeated request made before, where it is refused now: its deadline may be past or its file erased.
    /// </summary>
    public async Task<Acceptance> OrMadeBeforeAsync(
        Acceptance acceptance,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        if (acceptance.Refusal is null || origin.Request is not { } request)
            return acceptance;
        var known = await keys.FindAsync(origin.Tenant, request.Key, cancellationToken);
        return known is not null && request.Compare(known).ResourceId is { } made
            ? Acceptance.Of(new JobKey(origin.Tenant, made))
            : acceptance;
    }

    /// <summary>
    /// Why the request cannot be a submission, or null. Who reads its body bounds it: a body may come without a length.
    /// </summary>
    public static IResult? Refusal(HttpContext http, BodyLimit limit)
    {
        if (!http.Request.HasJsonContentType())
            return Problems.UnsupportedMediaType("application/json");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        return http.Request.ContentLength > limit.MaxBytes ? Problems.TooLarge(limit.MaxBytes, limit.Hint) : null;
    }

    /// <summary>
    /// 202 with the job as it is now; 200 with the finished job when the client asked to wait and it ended in time.
    /// </summary>
    public async Task<IResult> AnswerAsync(HttpContext http, Acceptance acceptance)
    {
        if (acceptance.Job is not { } key)
            return acceptance.Refusal!;
        if ((acceptance.Accepted ?? await jobs.FindAsync(key, http.RequestAborted)) is not { } accepted)
            return Problems.JobErased(key.Id);
        http.Response.Headers.Location = JobLinks.PathOf(key.Id);
        if (PreferWait.Of(http.Request) is not { } wait)
            return TypedResults.Accepted((string?)null, JobView.Of(accepted, kinds));
        http.Response.Headers["Preference-Applied"] = $"wait={wait.TotalSeconds:0}";
        var finished = await waiter.WaitAsync(key, wait, http.RequestAborted);
        return finished is null
            ? TypedResults.Accepted((string?)null, JobView.Of(accepted, kinds))
            : TypedResults.Ok(finished);
    }
}
