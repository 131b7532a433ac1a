namespace JobServer.Ledger;

/// <summary>A file that was uploaded whole.</summary>
/// <param name="Format">csv, json or ndjson.</param>
/// <param name="Encoding">utf-8, utf-16le, utf-16be or latin-1: what the bytes were; pieces are UTF-8.</param>
/// <param name="Delimiter">Of a CSV; null for the others.</param>
/// <param name="Columns">The header of a CSV; of JSON the member names in the order in which they first appear.</param>
/// <param name="Widest">Cells of the longest row of a CSV, its header included; 0 for the others.</param>
/// <param name="Records">Faulty ones included.</param>
/// <param name="Faulty">Records that are known to be rejects.</param>
/// <param name="Bytes">As received, after decompression.</param>
/// <param name="Sha256">Of those bytes.</param>
public sealed record StoredFile(
    string Tenant,
    Guid Id,
    string? Name,
    string Format,
    string Encoding,
    string? Delimiter,
    string[] Columns,
    int Widest,
    int Records,
    int Faulty,
    long Bytes,
    byte[] Sha256,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The format whose records are arrays, with a cell for each column.</summary>
    public const string Csv = "csv";
}

/// <summary>A run of consecutive records of a file.</summary>
/// <param name="FirstRecord">Counted from 0.</param>
/// <param name="Content">One line per record in the canonical form, UTF-8, each ended by a line feed.</param>
public readonly record struct FilePiece(int FirstRecord, int RecordCount, ReadOnlyMemory<byte> Content);

/// <summary>What came of the wish to erase a file.</summary>
public enum FileDeletion
{
    /// <summary>It and its pieces are gone.</summary>
    Deleted,

    /// <summary>There is no such file of this tenant.</summary>
    Unknown,

    /// <summary>A job that has not ended reads from it.</summary>
    InUse,
}
