using System.Buffers;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using JobServer.Outbound;

namespace JobServer.Jobs.Fetch;

/// <summary>
/// Writes what a fetch brought:
/// <c>{url, finalUrl, status, contentType, length, data | text | sha256, timings}</c>. JSON stays the bytes the peer sent.
/// </summary>
internal static class FetchValue
{
    /// <summary>What a value may hold, in its order.</summary>
    public static readonly IReadOnlyList<string> Members =
    [
        "url",
        "finalUrl",
        "status",
        "contentType",
        "length",
        "data",
        "text",
        "sha256",
        "timings",
    ];

    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // How deep is too deep for storing is PostgreSQL's to say.
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 1 << 20 };

    private static readonly Encoding[] Marked = [Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <param name="url">As the client gave it.</param>
    /// <param name="asked">The same, parsed.</param>
    public static byte[] Write(string url, Uri asked, OutboundResponse response, ReadOnlySpan<byte> body)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        var writer = _writer ??= new Utf8JsonWriter(buffer, Writing);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);

        writer.WriteStartObject();
        writer.WriteString("url"u8, url);
        writer.WriteString(
            "finalUrl"u8,
            ReferenceEquals(response.FinalUrl, asked) ? url : response.FinalUrl.AbsoluteUri
        );
        writer.WriteNumber("status"u8, (int)response.Status);
        writer.WriteString("contentType"u8, response.ContentType);
        writer.WriteNumber("length"u8, body.Length);
        WriteBody(writer, response.ContentType, body);
        writer.WriteStartObject("timings"u8);
        WriteMilliseconds(writer, "firstByteMs"u8, response.FirstByte);
        WriteMilliseconds(writer, "totalMs"u8, response.Total);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        var value = buffer.WrittenSpan.ToArray();
        // One large page must not pin its buffer to the thread for good.
        if (buffer.Capacity > 1 << 20)
            (_buffer, _writer) = (null, null);
        return value;
    }

    private static void WriteBody(Utf8JsonWriter writer, string? contentType, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return;
        var (name, encoding) = ParseType(contentType);
        if (IsJson(name) && TryTrimJson(body, out var json))
        {
            writer.WritePropertyName("data"u8);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
        else if (IsJson(name) || IsText(name) || (name is null && Utf8.IsValid(body) && !body.Contains((byte)0)))
        {
            writer.WriteString("text"u8, Decode(encoding, body));
        }
        else
        {
            writer.WriteString("sha256"u8, Convert.ToHexStringLower(SHA256.HashData(body)));
        }
    }

    private static bool IsJson(string? type) =>
        type is not null
        && (type is "application/json" or "text/json" || type.EndsWith("+json", StringComparison.Ordinal));

    private static bool IsText(string? type) =>
        type is not null
        && (
            type.StartsWith("text/", StringComparison.Ordinal)
            || type.EndsWith("+xml", StringComparison.Ordinal)
            || type
                is "application/xml"
                    or "application/javascript"
                    or "application/x-ndjson"
                    or "application/yaml"
                    or "application/x-www-form-urlencoded"
        );

    private static bool TryTrimJson(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> json)
    {
        var bom = Encoding.UTF8.Preamble;
        json = (body.StartsWith(bom) ? body[bom.Length..] : body).Trim(" \t\r\n"u8);
        try
        {
            var reader = new Utf8JsonReader(json, Reading);
            while (reader.Read()) { }
            return !json.IsEmpty;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A byte order mark, which is no part of the text, says more than the header.</summary>
    private static string Decode(Encoding declared, ReadOnlySpan<byte> body)
    {
        foreach (var encoding in Marked)
        {
            if (body.StartsWith(encoding.Preamble))
                return encoding.GetString(body[encoding.Preamble.Length..]);
        }

        return declared.GetString(body);
    }

    private static (string? Name, Encoding Encoding) ParseType(string? contentType)
    {
        // By far the most common of all; parsing headers is dear.
        if (contentType is "application/json" or "application/json; charset=utf-8")
            return ("application/json", Encoding.UTF8);
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
            return (null, Encoding.UTF8);
        try
        {
            var encoding = type.CharSet is { } charset ? Encoding.GetEncoding(charset.Trim('"')) : Encoding.UTF8;
            return (type.MediaType?.ToLowerInvariant(), encoding);
        }
        // UTF-7 is known and not supported.
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return (type.MediaType?.ToLowerInvariant(), Encoding.UTF8);
        }
    }

    private static void WriteMilliseconds(Utf8JsonWriter writer, ReadOnlySpan<byte> name, TimeSpan time)
    {
        var microseconds = time.Ticks / TimeSpan.TicksPerMicrosecond;
        writer.WriteNumber(name, new decimal((int)microseconds, (int)(microseconds >> 32), 0, isNegative: false, 3));
    }
}
