using System.IO.Pipelines;
using JobServer.Files.Csv;
using JobServer.Files.Json;
using JobServer.Ledger;
using Microsoft.Extensions.Options;

namespace JobServer.Files;

/// <summary>
/// Stores one upload while it is read. Nothing of it is there unless all of it is: not of a file that is refused, not of
/// a body that breaks off, not of an upload the process did not survive.
/// </summary>
internal sealed class FileUpload(FileStore files, IOptions<UploadOptions> options)
{
    /// <exception cref="BrokenFileException">The file cannot be read.</exception>
    /// <exception cref="FileLimitException">It passes a limit.</exception>
    /// <exception cref="Jobs.Input.RequestTooLargeException">It has too many bytes.</exception>
    public async Task<StoredFile> ReceiveAsync(PipeReader body, FileForm form, CancellationToken cancellationToken)
    {
        await using var bytes = await UploadBytes.BeginAsync(body, form.Gzip, options.Value, cancellationToken);
        var sniff = FileSniff.Of(bytes.Unread.Span, form);
        bytes.Consume(sniff.MarkBytes);
        await using var writer = files.Begin(JobKey.DefaultTenant);
        await using var pieces = new PieceBuilder(writer, options.Value);
        var content =
            sniff.Format == FileFormat.Csv
                ? await ReadCsvAsync(bytes, sniff, form, pieces, cancellationToken)
                : await ReadJsonAsync(bytes, sniff, form, pieces, cancellationToken);
        await bytes.DrainAsync(cancellationToken);
        await pieces.FinishAsync(cancellationToken);
        var file = new NewFile(
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
        return await writer.CompleteAsync(file, cancellationToken);
    }

    private async Task<Content> ReadCsvAsync(
        UploadBytes bytes,
        FileSniff sniff,
        FileForm form,
        PieceBuilder pieces,
        CancellationToken cancellationToken
    )
    {
        var whole = bytes.Count < UploadBytes.HeadBytes;
        var delimiter = form.Delimiter ?? CsvDelimiter.Of(sniff.Head, whole);
        using var text = new UploadText(bytes, sniff.Coding, cancellationToken);
        var reading = new CsvReading(text, sniff.CodingIsSaid, delimiter, pieces, options.Value);
        try
        {
            await reading.ReadAsync(cancellationToken);
        }
        catch (BrokenFileException fault) when (form.RejectFaults && !fault.Always && reading.Columns.Length > 0)
        {
            await RejectRestAsync(pieces, fault, cancellationToken);
        }

        return new Content(reading.Columns, reading.Widest, delimiter);
    }

    private async Task<Content> ReadJsonAsync(
        UploadBytes bytes,
        FileSniff sniff,
        FileForm form,
        PieceBuilder pieces,
        CancellationToken cancellationToken
    )
    {
        var maxRecordBytes = options.Value.MaxRecordBytes;
        JsonSplitter splitter =
            sniff.Format == FileFormat.NdJson ? new LineSplitter(maxRecordBytes) : new DocumentSplitter(maxRecordBytes);
        var blocks = new JsonBlocks(bytes, sniff.Coding, cancellationToken);
        var reading = new JsonReading(blocks, splitter, form.RejectFaults, pieces, options.Value);
        try
        {
            await reading.ReadAsync(cancellationToken);
        }
        catch (BrokenFileException fault) when (form.RejectFaults && !fault.Always)
        {
            await RejectRestAsync(pieces, fault, cancellationToken);
        }

        return new Content(reading.Columns, Widest: 0, Delimiter: null);
    }

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
