using System.Text.Json;
using JobServer.Ledger;

namespace JobServer.Jobs.Results;

/// <summary>One item of a job, as results show it.</summary>
/// <param name="State">succeeded, failed, or not_run for an item of a job that ended before it.</param>
/// <param name="Value">UTF-8 JSON as recorded, on one line.</param>
/// <param name="ErrorHost">What errors are grouped by beside their code.</param>
/// <param name="Columns">What the elements of the value are called when it is a list that stands for an object; else null.</param>
internal readonly record struct ResultLine(
    int Seq,
    string? Key,
    string State,
    ReadOnlyMemory<byte>? Value,
    ValueColumns? Columns,
    string? ErrorCode,
    string? ErrorDetail,
    int Attempts,
    double DurationMs,
    string? ErrorHost = null
)
{
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string NotRun = "not_run";

    public static ResultLine Of(RecordedItem item, string? key) =>
        new(
            item.Seq,
            key,
            item.ErrorCode is null ? Succeeded : Failed,
            item.Value is { } value ? OnOneLine(value) : default(ReadOnlyMemory<byte>?),
            Columns: null,
            item.ErrorCode,
            item.ErrorDetail,
            item.Attempts,
            item.DurationMs,
            item.ErrorHost
        );

    /// <summary>An item of a job that ended before it.</summary>
    public static ResultLine OfNotRun(int seq, string? key) =>
        new(seq, key, NotRun, null, null, NotRun, "The job ended before this item was run.", 0, 0);

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("seq"u8, Seq);
        writer.WriteString("key"u8, Key);
        writer.WriteString("state"u8, State);
        writer.WritePropertyName("value"u8);
        if (Value is not { } value)
            writer.WriteNullValue();
        else if (Columns is not null)
            Columns.WriteObject(writer, value.Span);
        else
            writer.WriteRawValue(value.Span, skipInputValidation: true);
        if (ErrorCode is null)
        {
            writer.WriteNull("error"u8);
        }
        else
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("code"u8, ErrorCode);
            writer.WriteString("detail"u8, ErrorDetail);
            writer.WriteEndObject();
        }

        writer.WriteNumber("attempts"u8, Attempts);
        writer.WriteNumber("durationMs"u8, Math.Round(DurationMs, 3));
        writer.WriteEndObject();
    }

    /// <summary>Line breaks in JSON are never within a string: a blank says the same, and a line stays a line.</summary>
    private static byte[] OnOneLine(byte[] json)
    {
        var span = json.AsSpan();
        for (var at = span.IndexOfAny((byte)'\n', (byte)'\r'); at >= 0; at = span.IndexOfAny((byte)'\n', (byte)'\r'))
        {
            span[at] = (byte)' ';
            span = span[(at + 1)..];
        }

        return json;
    }
}
