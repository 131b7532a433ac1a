using System.Buffers;
using System.Runtime.CompilerServices;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;
using JobServer.Jobs.Results;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>Consecutive records, none of them beyond its chunk.</summary>
internal readonly record struct PlacedBlock(int FirstSeq, RecordBlock Block);

/// <summary>Reads the records of a job, wherever they are, in bounded pages: no statement outlives its page.</summary>
/// <param name="patience">Sits out short absences of the database; null for who would rather say that it is away.</param>
internal sealed class RecordSource(
    string tenant,
    InputShape shape,
    int chunkSize,
    RecordStores stores,
    DatabasePatience? patience = null
)
{
    // Of 512 KiB at most, as long as no single record is larger.
    private const int PagePieces = 8;

    private const int MaxLevels = 64;

    private Dictionary<Guid, string[]?>? _columns;

    /// <summary>Records from a number up to, not including, another one, in order, cut where chunks end.</summary>
    public IAsyncEnumerable<PlacedBlock> ReadAsync(int from, int to, CancellationToken cancellationToken) =>
        shape.FromJob is { } job
            ? ReadJobAsync(job, from, to, cancellationToken)
            : ReadFilesAsync(from, to, cancellationToken);

    private async IAsyncEnumerable<PlacedBlock> ReadFilesAsync(
        int from,
        int to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        _columns ??= await FindColumnsAsync(cancellationToken);
        var offset = 0;
        foreach (var file in shape.Files)
        {
            var next = Math.Max(from, offset) - offset;
            var end = Math.Min(to - offset, file.Records);
            while (next < end)
            {
                var at = next;
                var pieces = await WithPatienceAsync(
                    token => stores.Files.ReadAsync(tenant, file.Id, at, end, PagePieces, token),
                    cancellationToken
                );
                if (pieces.Count == 0 || !_columns.TryGetValue(file.Id, out var columns))
                    throw Erased(file.Id);
                foreach (var piece in pieces)
                {
                    // Of an erased file some pieces may be left for a while.
                    if (piece.FirstRecord > next)
                        throw Erased(file.Id);
                    var last = Math.Min(end, piece.FirstRecord + piece.RecordCount);
                    foreach (var block in Cut(piece, next, last, offset, columns))
                        yield return block;
                    next = last;
                }
            }

            offset += file.Records;
        }
    }

    private static ItemsErasedException Erased(Guid file) =>
        new($"The file {file}, which its records were read from, was erased.");

    private async Task<Dictionary<Guid, string[]?>> FindColumnsAsync(CancellationToken cancellationToken)
    {
        var files = await WithPatienceAsync(
            token => stores.Files.FindAllAsync(tenant, shape.Sources, token),
            cancellationToken
        );
        return files.ToDictionary(file => file.Id, file => file.Format == StoredFile.Csv ? file.Columns : null);
    }

    private Task<T> WithPatienceAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        patience is null ? read(cancellationToken) : patience.RunAsync(read, cancellationToken);

    private IEnumerable<PlacedBlock> Cut(FilePiece piece, int from, int to, int offset, string[]? columns)
    {
        var lines = Skip(piece.Content, from - piece.FirstRecord);
        while (from < to)
        {
            var seq = offset + from;
            var count = Math.Min(to - from, chunkSize - seq % chunkSize);
            var isRest = from + count == piece.FirstRecord + piece.RecordCount;
            var rest = isRest ? default : Skip(lines, count);
            yield return new PlacedBlock(seq, new RecordBlock(count, columns, lines[..^rest.Length]));
            lines = rest;
            from += count;
        }
    }

    private static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> lines, int count)
    {
        var span = lines.Span;
        for (; count > 0; count--)
            span = span[(span.IndexOf((byte)'\n') + 1)..];
        return lines[^span.Length..];
    }

    private async IAsyncEnumerable<PlacedBlock> ReadJobAsync(
        Guid id,
        int from,
        int to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var job =
            await stores.Jobs.FindAsync(new JobKey(tenant, id), cancellationToken)
            ?? throw new ItemsErasedException($"The job {id}, whose results its records were, was erased.");
        await foreach (var page in stores.Results().ReadAsync(job, state: null, from, to, cancellationToken))
        {
            for (var i = 0; i < page.Count; )
            {
                var seq = page[i].Seq;
                var columns = page[i].Columns;
                var lines = new ArrayBufferWriter<byte>();
                var count = 0;
                // A line that failed has no columns of its own, and fits among any.
                for (; i < page.Count && (count == 0 || page[i].Seq % chunkSize > 0); i++, count++)
                {
                    if (page[i].State == ResultLine.Succeeded && (columns ??= page[i].Columns) != page[i].Columns)
                        break;
                    Write(lines, page[i]);
                }

                yield return new PlacedBlock(seq, new RecordBlock(count, columns?.Names, lines.WrittenMemory));
            }
        }
    }

    private static (string Code, string Detail)? Flaw(ReadOnlySpan<byte> value)
    {
        var at = TextPosition.Start;
        return ValueCheck.Find(value, MaxLevels, ref at) switch
        {
            ValueFlaw.TooDeep => ("too_deep", $"has more than {MaxLevels} levels"),
            ValueFlaw.NotUnicode => ("not_unicode", "holds text that is not Unicode"),
            _ => null,
        };
    }

    private static void Write(ArrayBufferWriter<byte> lines, in ResultLine line)
    {
        if (line.State != ResultLine.Succeeded)
            FaultyRecord.Write(
                lines,
                FaultyRecord.SourceFailed,
                $"Item {line.Seq} of the job it comes from: {line.ErrorCode}: {line.ErrorDetail}",
                line.Value
            );
        // What a list stands for was a record before; other kinds keep what hosts sent.
        else if (line.Columns is null && Flaw(line.Value!.Value.Span) is { } flaw)
            FaultyRecord.Write(
                lines,
                flaw.Code,
                $"The value of item {line.Seq} of the job it comes from {flaw.Detail}.",
                null
            );
        else
            lines.Write(line.Value!.Value.Span);
        lines.Write("\n"u8);
    }
}

/// <summary>Where records may be.</summary>
/// <param name="Results">Asked for late: the reader of results knows all kinds, this one among them.</param>
internal sealed record RecordStores(FileStore Files, JobStore Jobs, Func<ResultReader> Results);
