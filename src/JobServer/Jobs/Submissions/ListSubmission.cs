using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Jobs.Submissions;

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

/// <summary>Accepts submissions whose items are a list, read as a stream.</summary>
internal sealed class ListSubmission(Submission submission, TimeProvider time)
{
    public async Task<Acceptance> AcceptAsync(
        IItemKind kind,
        SubmissionForm form,
        PipeReader body,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var reader = new SubmissionReader(form.List, kind.ChunkSize, form.Items, faults, form.Limits);
        return await submission.AcceptAsync(
                kind,
                ChunksAsync(reader, body, cancellationToken),
                () => ReadEnvelope(reader, form, faults),
                origin,
                cancellationToken
            ) ?? Acceptance.Refused(Problems.Invalid(faults));
    }

    private static async IAsyncEnumerable<NewChunk> ChunksAsync(
        SubmissionReader reader,
        PipeReader body,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var chunk in reader.ReadAsync(body, cancellationToken))
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
        return faults.Any ? null : new AcceptedArgs(args.Args, envelope, args.TolerateFailedPercent, args.JobTimeout);
    }
}
