using System.Text.Json;
using System.Text.Unicode;
using JobServer.Jobs.Input;

namespace JobServer.Files.Json;

/// <summary>Reads the records of a JSON or NDJSON file.</summary>
/// <remarks>
/// A record is kept as it was sent, but for its line breaks. One that is well formed and yet of no use is a faulty record:
/// <c>not_an_object</c>; <c>duplicate_member</c>, at any level; <c>not_unicode</c>, an escape of half a surrogate pair;
/// <c>too_deep</c>, more than 64 levels, whose text is not kept. Where the text is no JSON, is no UTF-8, or passes a
/// limit, a line of NDJSON is broken alone, and a document from there on.
/// </remarks>
internal sealed class JsonReading(
    JsonBlocks blocks,
    JsonSplitter splitter,
    bool rejectFaults,
    PieceBuilder pieces,
    UploadOptions limits
)
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions OnceEach = new() { AllowDuplicateProperties = false };

    private readonly JsonColumns _columns = new(limits.MaxColumns);

    public string[] Columns => _columns.Names;

    private string Place => $"Record {splitter.Number} (line {splitter.Position.Line})";

    /// <exception cref="BrokenFileException">There is no way on; the records before are with the pieces.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var block = await blocks.NextAsync(); !block.IsEmpty; block = await blocks.NextAsync())
            {
                for (var at = 0; ReadRecord(block.Span, ref at, out var full); )
                {
                    if (full)
                        await pieces.SpillAsync(cancellationToken);
                }
            }
        }
        catch (UndecodableException fault)
        {
            throw new BrokenFileException($"Record {pieces.Records + 1} {fault.Message}", pieces.Records + 1)
            {
                Always = true,
            };
        }

        if (FinishRecord())
            await pieces.SpillAsync(cancellationToken);
    }

    private bool ReadRecord(ReadOnlySpan<byte> block, ref int at, out bool full)
    {
        var found = splitter.Next(block, ref at, out var record);
        full = found && Take(record);
        return found;
    }

    private bool FinishRecord() => splitter.Finish(out var record) && Take(record);

    /// <summary>True when a piece must be spilled.</summary>
    private bool Take(ReadOnlySpan<byte> record)
    {
        try
        {
            return Write(record);
        }
        catch (BrokenFileException fault) when (rejectFaults && splitter.GoesOn)
        {
            return Reject("malformed", fault.Message, "null"u8);
        }
    }

    private bool Write(ReadOnlySpan<byte> record)
    {
        if (splitter.TooLarge)
            throw Broken($"{Place} is larger than {limits.MaxRecordBytes} bytes, the limit of one record.");
        var at = splitter.Position;
        switch (ValueCheck.Find(record, MaxDepth, ref at))
        {
            case ValueFlaw.Malformed:
                throw new BrokenFileException(
                    $"{Place} is not well-formed JSON at {at}; comments, trailing commas and single quotes are not JSON either.",
                    splitter.Number,
                    at.Line,
                    at.Byte
                );
            case ValueFlaw.NotUnicode when !Utf8.IsValid(record):
                throw Broken($"{Place} is no utf-8 text.{UndecodableException.HintFor(TextCoding.Utf8)}");
            case ValueFlaw.NotUnicode:
                return Reject("not_unicode", $"{Place} has an escape of half a surrogate pair.", record);
            // Not kept: nothing that reads it afterwards would go that deep.
            case ValueFlaw.TooDeep:
                return Reject("too_deep", $"{Place} has more than {MaxDepth} levels of lists and objects.", "null"u8);
        }

        if (record[0] != (byte)'{')
            return Reject("not_an_object", $"{Place} is no JSON object.", record);
        pieces.WriteValue(record);
        if (!TakeInColumns())
            return Reject("duplicate_member", $"{Place} has a member name that is given more than once.", record);
        return pieces.EndRecord();
    }

    /// <summary>False when a member name is given twice.</summary>
    private bool TakeInColumns()
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(pieces.Record, OnceEach);
        }
        // All else that could be wrong was looked at.
        catch (JsonException)
        {
            return false;
        }

        using (document)
        {
            if (_columns.TakeIn(document.RootElement) is { } fault)
                throw Broken($"{Place} {fault}.");
            return true;
        }
    }

    private bool Reject(string code, string detail, ReadOnlySpan<byte> record)
    {
        pieces.BeginFaulty(code, detail);
        pieces.WriteValue(record);
        return pieces.EndFaulty();
    }

    private BrokenFileException Broken(string detail) =>
        new(detail, splitter.Number, splitter.Position.Line, splitter.Position.Byte);
}
