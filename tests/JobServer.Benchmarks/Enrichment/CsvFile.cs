using System.Text;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>A generated file: where it is, and what is in it.</summary>
internal sealed record CsvFile(string Path, long Rows, long Bytes)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes the header and rows from number 1 on, until either limit is reached.</summary>
    /// <param name="path">A new file, or one to write over.</param>
    /// <param name="rows">What to write.</param>
    /// <param name="mostRows">Rows, the header not counted.</param>
    /// <param name="mostBytes">Bytes of the file; it ends with the last row that fits.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<CsvFile> WriteAsync(
        string path,
        CsvRows rows,
        long mostRows,
        long mostBytes,
        CancellationToken cancellationToken
    )
    {
        var buffer = new byte[BufferBytes];
        var used = Encoding.UTF8.GetBytes($"{CsvRows.Header}\n", buffer);
        long written = 0;
        long row = 0;
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        while (row < mostRows)
        {
            var length = rows.Write(buffer.AsSpan(used), row + 1);
            if (written + used + length > mostBytes)
            {
                break;
            }

            row++;
            used += length;
            if (used > BufferBytes - CsvRows.MostBytes)
            {
                await file.WriteAsync(buffer.AsMemory(0, used), cancellationToken);
                written += used;
                used = 0;
            }
        }

        await file.WriteAsync(buffer.AsMemory(0, used), cancellationToken);
        return new CsvFile(path, row, written + used);
    }
}
