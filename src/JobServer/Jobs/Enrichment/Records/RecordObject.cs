using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Shows a record as an object.</summary>
internal static class RecordObject
{
    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>An array with a value for each column becomes an object; all else stays what it is.</summary>
    public static byte[] Of(IReadOnlyList<string>? columns, ReadOnlySpan<byte> record)
    {
        if (columns is null || record[0] != '[' || Split(record) is not { } cells || cells.Count != columns.Count)
            return record.ToArray();
        var value = new ArrayBufferWriter<byte>(record.Length * 2);
        using var writer = new Utf8JsonWriter(value, Writing);
        writer.WriteStartObject();
        foreach (var (index, column) in columns.Index())
        {
            writer.WritePropertyName(column);
            writer.WriteRawValue(record[cells[index]], skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return value.WrittenSpan.ToArray();
    }

    private static List<Range> Split(ReadOnlySpan<byte> array)
    {
        var cells = new List<Range>();
        for (var at = 1; array[at] != ']'; )
        {
            var end = RecordText.EndOfValue(array, at);
            cells.Add(at..end);
            at = array[end] == ',' ? end + 1 : end;
        }

        return cells;
    }
}
