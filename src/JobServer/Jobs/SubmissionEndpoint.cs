using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Features;

namespace JobServer.Jobs;

/// <summary>What a kind reads from the members of its submission.</summary>
/// <param name="Args">Stored with the job, UTF-8 JSON.</param>
internal sealed record KindArgs(byte[] Args, float TolerateFailedPercent, TimeSpan? JobTimeout);

/// <summary>What a kind adds to the envelope that all submissions share.</summary>
/// <param name="List">The member that holds the items.</param>
/// <param name="ReadArgs">Reads the kind's own members; faults go where the fields put them.</param>
internal sealed record SubmissionForm(
    string List,
    IItemReader Items,
    Func<Fields, KindArgs> ReadArgs,
    SubmissionLimits Limits
);

/// <summary>Accepts a submission of any kind: reads it as a stream, answers 202, or 200 when the client waits and it ends.</summary>
internal sealed class SubmissionEndpoint(
    Submission submission,
    JobStore jobs,
    JobWaiter waiter,
    JobKinds kinds,
    TimeProvider time,
    ILogger<SubmissionEndpoint> logger
)
{
    public async Task<IResult> AcceptAsync(HttpContext http, IItemKind kind, SubmissionForm form)
    {
        if (Refusal(http, form.Limits.MaxBodyBytes) is { } refusal)
            return refusal;
        var faults = new Faults();
        var reader = new SubmissionReader(form.List, kind.ChunkSize, form.Items, faults, form.Limits);
        var key = await submission.AcceptAsync(
            kind,
            ChunksAsync(reader, http),
            () => ReadEnvelope(reader, form, faults),
            retryOf: null,
            http.RequestAborted
        );
        return key is null ? Problems.Invalid(faults) : await AnswerAsync(http, key.Value);
    }

    /// <summary>
    /// Why the request cannot be a submission, or null. Who reads its body bounds it: a body may come without a length.
    /// </summary>
    /// <param name="hint">What to do with a larger body, as a sentence.</param>
    public static IResult? Refusal(HttpContext http, long maxBodyBytes, string? hint = null)
    {
        if (!http.Request.HasJsonContentType())
            return Problems.UnsupportedMediaType("application/json");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        return http.Request.ContentLength > maxBodyBytes ? Problems.TooLarge(maxBodyBytes, hint) : null;
    }

    /// <summary>202 with the job; 200 with the finished job when the client asked to wait and it ended in time.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, JobKey key)
    {
        var accepted = (await jobs.FindAsync(key, http.RequestAborted))!;
        logger.JobAccepted(key.Id, accepted.Kind, accepted.Total, accepted.Lanes);
        http.Response.Headers.Location = JobLinks.PathOf(key.Id);
        if (PreferWait.Of(http.Request) is not { } wait)
            return TypedResults.Accepted((string?)null, JobView.Of(accepted, kinds));
        http.Response.Headers["Preference-Applied"] = $"wait={wait.TotalSeconds:0}";
        var finished = await waiter.WaitAsync(key, wait, http.RequestAborted);
        return finished is null
            ? TypedResults.Accepted((string?)null, JobView.Of(accepted, kinds))
            : TypedResults.Ok(finished);
    }

    private static async IAsyncEnumerable<NewChunk> ChunksAsync(SubmissionReader reader, HttpContext http)
    {
        await foreach (var chunk in reader.ReadAsync(http.Request.BodyReader, http.RequestAborted))
            yield return new NewChunk(chunk.ChunkNo, chunk.FirstSeq, chunk.ItemCount, chunk.Input);
    }

    private AcceptedArgs? ReadEnvelope(SubmissionReader reader, SubmissionForm form, Faults faults)
    {
        if (!reader.ReadToEnd)
            return null;
        var fields = new Fields(reader.Members, "", faults);
        fields.Knows(form.List);
        var args = form.ReadArgs(fields);
        var envelope = SubmissionEnvelope.Read(fields, time);
        fields.Done();
        return faults.Any
            ? null
            : new AcceptedArgs(
                args.Args,
                envelope.Tags,
                args.TolerateFailedPercent,
                args.JobTimeout,
                envelope.Deadline
            );
    }
}
