using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;

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
    TimeProvider time,
    ILogger<SubmissionEndpoint> logger
)
{
    public async Task<IResult> AcceptAsync(HttpContext http, IJobKind kind, SubmissionForm form)
    {
        if (!http.Request.HasJsonContentType())
            return Problems.UnsupportedMediaType("application/json");
        var size = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>();
        if (size is { IsReadOnly: false })
            size.MaxRequestBodySize = form.Limits.MaxBodyBytes;

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

    /// <summary>202 with the job; 200 with the finished job when the client asked to wait and it ended in time.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, JobKey key)
    {
        var accepted = (await jobs.FindAsync(key, http.RequestAborted))!;
        logger.JobAccepted(key.Id, accepted.Kind, accepted.Total, accepted.Lanes);
        http.Response.Headers.Location = JobLinks.PathOf(key.Id);
        if (PreferWait.Of(http.Request) is not { } wait)
            return TypedResults.Accepted((string?)null, JobView.Of(accepted));
        http.Response.Headers["Preference-Applied"] = $"wait={wait.TotalSeconds:0}";
        var finished = await waiter.WaitAsync(key, wait, http.RequestAborted);
        return finished is null
            ? TypedResults.Accepted((string?)null, JobView.Of(accepted))
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
