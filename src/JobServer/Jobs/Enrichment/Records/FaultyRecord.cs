using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Writes a record that is known to become a reject, in its stored form.</summary>
internal static class FaultyRecord
{
    /// <summary>The record is an item that did not succeed in the job it comes from.</summary>
    public const string SourceFailed = "source_failed";

    private static readonly FrozenSet<string> Codes = FrozenSet.Create(
        "ragged_row",
        "not_an_object",
        "duplicate_member",
        "not_unicode",
        "too_deep",
        "malformed",
        SourceFailed
    );

    /// <summary>Whether a reject with this code was faulty before any step ran, and would be again.</summary>
    public static bool Is(string? code) => code is not null && Codes.Contains(code);

    /// <param name="record">What can be shown of it, UTF-8 JSON on one line.</param>
    public static void Write(IBufferWriter<byte> line, string code, string detail, ReadOnlyMemory<byte>? record)
    {
        line.Write("!"u8);
        using var writer = new Utf8JsonWriter(line);
        writer.WriteStartObject();
        writer.WriteString("code"u8, code);
        writer.WriteString("detail"u8, detail);
        writer.WritePropertyName("record"u8);
        if (record is { } known)
            writer.WriteRawValue(known.Span, skipInputValidation: true);
        else
            writer.WriteNullValue();
        writer.WriteEndObject();
    }
}
