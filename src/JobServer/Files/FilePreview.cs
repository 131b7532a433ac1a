using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Files;

/// <summary>Shows the first records of a file as objects.</summary>
internal static class FilePreview
{
    private const int Records = 5;

    // Records may be megabytes: a look at a file is not worth that.
    private const int EnoughBytes = 256 << 10;

    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static async Task<RawJson> ReadAsync(FileStore files, StoredFile file, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using var preview = new Utf8JsonWriter(buffer, Writing);
        preview.WriteStartArray();
        var left = Records;
        // Five records stand in five pieces at most.
        var pieces = await files.ReadAsync(file.Tenant, file.Id, 0, Records, limit: Records, cancellationToken);
        foreach (var piece in pieces)
        {
            left -= Write(preview, piece.Content.Span, left, file.Columns);
            if (left == 0 || preview.BytesPending + preview.BytesCommitted >= EnoughBytes)
                break;
        }

        preview.WriteEndArray();
        await preview.FlushAsync(cancellationToken);
        return new RawJson(buffer.WrittenMemory);
    }

    private static int Write(Utf8JsonWriter preview, ReadOnlySpan<byte> lines, int most, string[] columns)
    {
        var written = 0;
        while (written < most && !lines.IsEmpty && preview.BytesPending + preview.BytesCommitted < EnoughBytes)
        {
            var end = lines.IndexOf((byte)'\n');
            Write(preview, lines[..end], columns);
            lines = lines[(end + 1)..];
            written++;
        }

        return written;
    }

    private static void Write(Utf8JsonWriter preview, ReadOnlySpan<byte> line, string[] columns)
    {
        switch (line[0])
        {
            case (byte)'{':
                preview.WriteRawValue(line, skipInputValidation: true);
                break;
            case (byte)'[':
                WriteRow(preview, line, columns);
                break;
            default:
                WriteFaulty(preview, line[1..]);
                break;
        }
    }

    private static void WriteRow(Utf8JsonWriter preview, ReadOnlySpan<byte> line, string[] columns)
    {
        var cells = new Utf8JsonReader(line);
        cells.Read();
        preview.WriteStartObject();
        for (var at = 0; cells.Read() && cells.TokenType == JsonTokenType.String; at++)
            preview.WriteString(columns[at], cells.GetString());
        preview.WriteEndObject();
    }

    private static void WriteFaulty(Utf8JsonWriter preview, ReadOnlySpan<byte> fault)
    {
        var members = new Utf8JsonReader(fault, new JsonReaderOptions { MaxDepth = 128 });
        members.Read();
        preview.WriteStartObject();
        preview.WriteStartObject("error");
        WriteText("code", ref members);
        WriteText("detail", ref members);
        preview.WriteEndObject();
        members.Read();
        members.Read();
        var from = (int)members.TokenStartIndex;
        members.Skip();
        preview.WritePropertyName("record");
        preview.WriteRawValue(fault[from..(int)members.BytesConsumed], skipInputValidation: true);
        preview.WriteEndObject();

        void WriteText(string name, ref Utf8JsonReader members)
        {
            members.Read();
            members.Read();
            preview.WriteString(name, members.GetString());
        }
    }
}
