using System.Text.Json.Serialization;
using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Files;

/// <summary>A file as clients see it.</summary>
/// <param name="Format">csv, json or ndjson.</param>
/// <param name="Encoding">utf-8, utf-16le, utf-16be or latin-1.</param>
/// <param name="Delimiter">Of a CSV; null for the others.</param>
/// <param name="Bytes">After decompression.</param>
/// <param name="Records">Faulty ones included.</param>
/// <param name="Faulty">Records that every job rejects: rows with another number of cells than the header, and so on.</param>
/// <param name="Columns">The header of a CSV; of JSON the member names in the order in which they first appear.</param>
/// <param name="Sha256">Of the bytes after decompression, in hexadecimal.</param>
/// <param name="Preview">
/// Where one file is asked for: its first 5 records as objects, fewer where they are large; faulty ones as
/// {"error":{"code","detail"},"record"}.
/// </param>
internal sealed record FileView(
    Guid Id,
    string? Name,
    string Format,
    string Encoding,
    string? Delimiter,
    long Bytes,
    int Records,
    int Faulty,
    IReadOnlyList<string> Columns,
    string Sha256,
    DateTimeOffset CreatedAt,
    FileLinks Links,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RawJson? Preview = null
)
{
    public static FileView Of(StoredFile file) =>
        new(
            file.Id,
            file.Name,
            file.Format,
            file.Encoding,
            file.Delimiter,
            file.Bytes,
            file.Records,
            file.Faulty,
            file.Columns,
            Convert.ToHexStringLower(file.Sha256),
            file.CreatedAt,
            new FileLinks(FileLinks.PathOf(file.Id))
        );
}

/// <summary>Where to go from a file.</summary>
internal sealed record FileLinks(string Self)
{
    public static string PathOf(Guid id) => $"/v1/files/{id}";
}

/// <summary>A page of files, newest first.</summary>
/// <param name="NextCursor">Asks for the page after this one; null on the last.</param>
internal sealed record FilePage(IReadOnlyList<FileView> Data, string? NextCursor);
