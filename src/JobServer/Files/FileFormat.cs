namespace JobServer.Files;

/// <summary>How a file is divided into records.</summary>
internal enum FileFormat
{
    /// <summary>A header, and a row for each record.</summary>
    Csv,

    /// <summary>One array of records, or one object that is the only record.</summary>
    Json,

    /// <summary>A line for each record.</summary>
    NdJson,
}

/// <summary>What is said of a file beside its bytes.</summary>
/// <param name="Format">Null when the bytes must show it; so for the encoding and the delimiter.</param>
/// <param name="Encoding">Of a file without a byte order mark, which goes before.</param>
/// <param name="Gzip">The body is said to be compressed.</param>
/// <param name="RejectFaults">Where the text cannot be read on, a faulty record ends the file; else it is refused.</param>
internal sealed record FileForm(
    string? Name,
    FileFormat? Format,
    string? Encoding,
    char? Delimiter,
    bool Gzip,
    bool RejectFaults
);

/// <summary>The names of formats, as clients and the ledger know them.</summary>
internal static class FileFormats
{
    public static readonly string[] All = ["csv", "json", "ndjson"];

    public static string ToText(this FileFormat format) => All[(int)format];

    public static FileFormat? Find(string text) =>
        Array.IndexOf(All, text) is >= 0 and var found ? (FileFormat)found : null;
}
