using System.Buffers;
using System.Runtime.CompilerServices;
using JobServer.Files;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Results;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>Repeats records: rejects as they were kept, all others from where they were read.</summary>
internal sealed class EnrichmentRetry(ResultReader results, RecordStores stores, EnrichmentAcceptance acceptance)
    : IJobRetry
{
    public Task<Acceptance?> AcceptAsync(
        Job job,
        RetrySelection selection,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var settings = EnrichmentSettings.OfArgs(job.Args);
        var file = new InputFile(TimeOrderedId.Next(), Name: null, Records: 0);
        var shape = settings.Shape! with { Files = [file], FromJob = null };
        var records = new NewRecords(
            file.Id,
            shape.Columns,
            PiecesAsync(job, settings.Shape!, selection, cancellationToken)
        );
        return acceptance.AcceptAsync(
            settings,
            shape,
            new SubmissionEnvelope(job.Tags, Priority: job.Priority),
            records,
            origin,
            cancellationToken
        );
    }

    private async IAsyncEnumerable<FilePiece> PiecesAsync(
        Job job,
        InputShape shape,
        RetrySelection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (first, count) = (0, 0);
        var lines = new ArrayBufferWriter<byte>();
        await foreach (var line in LinesAsync(job, shape, selection, cancellationToken))
        {
            lines.Write(line.Span);
            lines.Write("\n"u8);
            if (++count < PieceBuilder.PieceRecords && lines.WrittenCount < PieceBuilder.PieceBytes)
                continue;
            yield return new FilePiece(first, count, lines.WrittenMemory);
            (first, count, lines) = (first + count, 0, new ArrayBufferWriter<byte>());
        }

        if (count > 0)
            yield return new FilePiece(first, count, lines.WrittenMemory);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(
        Job job,
        InputShape shape,
        RetrySelection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var source = new RecordSource(job.Key.Tenant, shape, job.ChunkSize, stores);
        await foreach (var lines in results.ReadAsync(job, selection.OnlyState, cancellationToken))
        {
            var page = lines.Where(line => selection.Selects(line)).ToList();
            for (var at = 0; at < page.Count; )
            {
                var first = at;
                while (at < page.Count && !IsKept(page[at]) && page[at].Seq - page[first].Seq == at - first)
                    at++;
                if (at == first)
                {
                    yield return FaultyRecord.Is(page[at].ErrorCode) ? AsFaulty(page[at]) : page[at].Value!.Value;
                    at++;
                    continue;
                }

                // Records in a row are read as one.
                await foreach (
                    var (_, block) in source.ReadAsync(page[first].Seq, page[at - 1].Seq + 1, cancellationToken)
                )
                {
                    foreach (var record in Split(block))
                        yield return record;
                }
            }
        }
    }

    /// <summary>False of what was given up or never run, and of what succeeded: its value is not what it was made of.</summary>
    private static bool IsKept(in ResultLine line) =>
        line.State != ResultLine.Succeeded && (line.Value is not null || FaultyRecord.Is(line.ErrorCode));

    private static IEnumerable<ReadOnlyMemory<byte>> Split(RecordBlock block)
    {
        for (var lines = block.Lines; !lines.IsEmpty; )
        {
            var end = lines.Span.IndexOf((byte)'\n');
            yield return RecordObject.Of(block.Columns, lines.Span[..end]);
            lines = lines[(end + 1)..];
        }
    }

    /// <summary>What no steps can mend, like cells that fit no columns, stays the reject it is.</summary>
    private static ReadOnlyMemory<byte> AsFaulty(in ResultLine line)
    {
        var faulty = new ArrayBufferWriter<byte>();
        FaultyRecord.Write(faulty, line.ErrorCode!, line.ErrorDetail ?? "", line.Value);
        return faulty.WrittenMemory;
    }
}
