using JobServer.Files.Csv;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JobServer.Files;

/// <summary>What an upload says of its file: in the query, in Content-Type and in Content-Encoding.</summary>
internal static class FileRequest
{
    public const int MaxNameLength = 255;

    /// <summary>The media types of the formats; null stands for those that say nothing.</summary>
    public static readonly IReadOnlyDictionary<string, FileFormat?> MediaTypes = new Dictionary<string, FileFormat?>(
        StringComparer.OrdinalIgnoreCase
    )
    {
        ["text/csv"] = FileFormat.Csv,
        ["text/tab-separated-values"] = FileFormat.Csv,
        ["application/json"] = FileFormat.Json,
        ["application/x-ndjson"] = FileFormat.NdJson,
        ["application/ndjson"] = FileFormat.NdJson,
        ["application/jsonl"] = FileFormat.NdJson,
        ["application/octet-stream"] = null,
        ["application/gzip"] = null,
        ["application/x-gzip"] = null,
        ["text/plain"] = null,
        // What curl says when nobody else does.
        ["application/x-www-form-urlencoded"] = null,
    };

    private static readonly string[] Parameters = ["name", "format", "delimiter", "encoding", "onFault"];

    /// <summary>Reads the form, or says why the upload is refused.</summary>
    public static (FileForm? Form, ProblemHttpResult? Refusal) Read(HttpRequest request)
    {
        if (!TryReadEncoding(request, out var gzip))
            return (null, Problems.UnsupportedContentEncoding());
        if (!TryReadType(request, out var type, out var format))
        {
            return (
                null,
                Problems.UnsupportedMediaType(
                    "the file itself as the body (curl --data-binary @file), as text/csv, application/json or "
                        + "application/x-ndjson,"
                )
            );
        }

        var faults = new Faults();
        foreach (var key in request.Query.Keys.Except(Parameters, StringComparer.OrdinalIgnoreCase))
            faults.Add(key, $"is no parameter of an upload; there are {string.Join(", ", Parameters)}");
        var form = new FileForm(
            ReadName(request, faults),
            ReadFormat(request, faults) ?? format,
            ReadTextEncoding(request, type, faults),
            ReadDelimiter(request, type, faults),
            gzip,
            ReadOnFault(request, faults)
        );
        return faults.Any ? (null, Problems.Invalid(faults)) : (form, null);
    }

    private static string? Value(HttpRequest request, string parameter) =>
        request.Query.TryGetValue(parameter, out var value) ? value.ToString() : null;

    private static bool TryReadEncoding(HttpRequest request, out bool gzip)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        gzip = encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase);
        return gzip || encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryReadType(HttpRequest request, out MediaTypeHeaderValue? type, out FileFormat? format)
    {
        (type, format) = (null, null);
        return string.IsNullOrEmpty(request.ContentType)
            || (
                MediaTypeHeaderValue.TryParse(request.ContentType, out type)
                && MediaTypes.TryGetValue(type.MediaType.ToString(), out format)
            );
    }

    private static string? ReadName(HttpRequest request, Faults faults)
    {
        var name = Value(request, "name");
        if (name?.Length > MaxNameLength)
            faults.Add("name", $"must have at most {MaxNameLength} characters");
        if (name?.Contains('\0') == true)
            faults.Add("name", "must not hold the character U+0000");
        return name is "" ? null : name;
    }

    private static FileFormat? ReadFormat(HttpRequest request, Faults faults)
    {
        if (Value(request, "format") is not { } text)
            return null;
        if (FileFormats.Find(text) is not { } format)
        {
            faults.Add("format", $"must be one of {string.Join(", ", FileFormats.All)}");
            return null;
        }

        if (format != FileFormat.Csv && Value(request, "delimiter") is not null)
            faults.Add("delimiter", $"is for csv; a file of format {text} has none");
        return format;
    }

    private static string? ReadTextEncoding(HttpRequest request, MediaTypeHeaderValue? type, Faults faults)
    {
        var given = Value(request, "encoding");
        var charset = type?.Charset is { Length: > 0 } ? HeaderUtilities.RemoveQuotes(type.Charset).ToString() : null;
        foreach (var (place, text) in new[] { ("encoding", given), ("charset of Content-Type", charset) })
        {
            if (text is not null && !FileSniff.Encodings.ContainsKey(text))
                faults.Add(place, $"must be one of {string.Join(", ", FileSniff.Encodings.Keys)}");
        }

        return given ?? charset;
    }

    private static char? ReadDelimiter(HttpRequest request, MediaTypeHeaderValue? type, Faults faults)
    {
        switch (Value(request, "delimiter"))
        {
            case null:
                return type?.MediaType.Equals("text/tab-separated-values", StringComparison.OrdinalIgnoreCase) == true
                    ? '\t'
                    : null;
            case "tab":
                return '\t';
            case [var one] when CsvDelimiter.Known.Contains(one):
                return one;
            default:
                faults.Add("delimiter", "must be one of , ; | and tab, percent-encoded where a URL needs it");
                return null;
        }
    }

    private static bool ReadOnFault(HttpRequest request, Faults faults)
    {
        var text = Value(request, "onFault");
        if (text is not (null or "refuse" or "reject"))
            faults.Add("onFault", "must be refuse or reject");
        return text == "reject";
    }
}
