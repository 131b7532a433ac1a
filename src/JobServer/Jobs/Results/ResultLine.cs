using System.Text.Json;

namespace JobServer.Jobs.Results;

/// <summary>One item of a job, as results show it.</summary>
/// <param name="State">succeeded, failed, or not_run for an item of a job that ended before it.</param>
/// <param name="Value">UTF-8 JSON as recorded.</param>
internal readonly record struct ResultLine(
    int Seq,
    string? Key,
    string State,
    byte[]? Value,
    string? ErrorCode,
    string? ErrorDetail,
    int Attempts,
    double DurationMs
)
{
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string NotRun = "not_run";

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("seq"u8, Seq);
        writer.WriteString("key"u8, Key);
        writer.WriteString("state"u8, State);
        writer.WritePropertyName("value"u8);
        if (Value is null)
            writer.WriteNullValue();
        else
            writer.WriteRawValue(OnOneLine(Value), skipInputValidation: true);
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
