using System.IO.Pipelines;
using JobServer.Files.Csv;
using JobServer.Files.Json;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Files;

/// <summary>Reads one file of any format as a stream, from the bytes of its body to pieces of canonical records.</summary>
internal sealed class FileReading(FileForm form, UploadOptions limits)
{
    /// <param name="write">Takes the pieces in order.</param>
    /// <exception cref="BrokenFileException">The file cannot be read.</exception>
    /// <exception cref="FileLimitException">It passes a limit.</exception>
    /// <exception cref="RequestTooLargeException">It has too many bytes.</exception>
    public async Task<NewFile> ReadAsync(
        PipeReader body,
        Func<FilePiece, CancellationToken, Task> write,
        CancellationToken cancellationToken
    )
    {
        await using var bytes = await UploadBytes.BeginAsync(body, form.Gzip, limits, cancellationToken);
        var sniff = FileSniff.Of(bytes.Unread.Span, form);
        bytes.Consume(sniff.MarkBytes);
        await using var pieces = new PieceBuilder(write, limits);
        var content =
            sniff.Format == FileFormat.Csv
                ? await ReadCsvAsync(bytes, sniff, pieces, cancellationToken)
                : await ReadJsonAsync(bytes, sniff, pieces, cancellationToken);
        await bytes.DrainAsync(cancellationToken);
        await pieces.FinishAsync(cancellationToken);
        return new NewFile(
            form.Name,
            sniff.Format.ToText(),
            sniff.Coding.Name,
            content.Delimiter?.ToString(),
            content.Columns,
            content.Widest,
            pieces.Records,
            pieces.Faulty,
            bytes.Count,
            bytes.Hash()
        );
    }

    private async Task<Content> ReadCsvAsync(
        UploadBytes bytes,
        FileSniff sniff,
        PieceBuilder pieces,
        CancellationToken cancellationToken
    )
    {
        var whole = bytes.Count < UploadBytes.HeadBytes;
        var delimiter = form.Delimiter ?? CsvDelimiter.Of(sniff.Head, whole);
        using var text = new UploadText(bytes, sniff.Coding, cancellationToken);
        var reading = new CsvReading(text, sniff.CodingIsSaid, delimiter, pieces, limits);
        try
        {
            await reading.ReadAsync(cancellationToken);
        }
        catch (BrokenFileException fault) when (MayReject(fault) && reading.Columns.Length > 0)
        {
            await RejectRestAsync(pieces, fault, cancellationToken);
        }

        return new Content(reading.Columns, reading.Widest, delimiter);
    }

    private async Task<Content> ReadJsonAsync(
        UploadBytes bytes,
        FileSniff sniff,
        PieceBuilder pieces,
        CancellationToken cancellationToken
    )
    {
        JsonSplitter splitter =
            sniff.Format == FileFormat.NdJson
                ? new LineSplitter(limits.MaxRecordBytes)
                : new DocumentSplitter(limits.MaxRecordBytes);
        var blocks = new JsonBlocks(bytes, sniff.Coding, cancellationToken);
        var reading = new JsonReading(blocks, splitter, form.RejectFaults, pieces, limits);
        try
        {
            await reading.ReadAsync(cancellationToken);
        }
        catch (BrokenFileException fault) when (MayReject(fault))
        {
            await RejectRestAsync(pieces, fault, cancellationToken);
        }

        return new Content(reading.Columns, Widest: 0, Delimiter: null);
    }

    private bool MayReject(BrokenFileException fault) => form.RejectFaults && !fault.Always;

    /// <summary>One faulty record stands for all that cannot be read.</summary>
    private static async Task RejectRestAsync(
        PieceBuilder pieces,
        BrokenFileException fault,
        CancellationToken cancellationToken
    )
    {
        pieces.BeginFaulty("malformed", $"{fault.Message} The rest of the file is left out.");
        pieces.Write("null"u8);
        if (pieces.EndFaulty())
            await pieces.SpillAsync(cancellationToken);
    }

    private sealed record Content(string[] Columns, int Widest, char? Delimiter);
}
