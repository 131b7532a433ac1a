using System.Buffers;
using System.Text.Json;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Writes a record that is known to become a reject, in its stored form.</summary>
internal static class FaultyRecord
{
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
