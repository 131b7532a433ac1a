namespace JobServer.Benchmarks.Enrichment;

/// <summary>Counts the records of a CSV as it goes by; line breaks within quotes end none.</summary>
internal sealed class CsvCount
{
    private const int BufferBytes = 1 << 20;
    private const int MostHeaderBytes = 1024;

    private readonly List<byte> _header = [];
    private bool _isQuoted;
    private bool _isWithin;

    /// <summary>Records, the header included.</summary>
    public long Records { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The first line, without its line break; at most its first 1024 bytes.</summary>
    public string Header => System.Text.Encoding.UTF8.GetString([.. _header]).TrimEnd('\r');

    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        while (await stream.ReadAsync(buffer, cancellationToken) is var length and > 0)
        {
            Take(buffer.AsSpan(0, length));
        }

        // The last one may end with the file.
        Records += _isWithin ? 1 : 0;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (Records == 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            _header.AddRange(bytes[..Math.Min(end < 0 ? bytes.Length : end, MostHeaderBytes - _header.Count)]);
        }

        _isWithin = bytes[^1] != '\n';
        for (
            int at;
            (at = _isQuoted ? bytes.IndexOf((byte)'"') : bytes.IndexOfAny((byte)'"', (byte)'\n')) >= 0;
            bytes = bytes[(at + 1)..]
        )
        {
            // A doubled quote ends the quotes and begins them anew.
            if (bytes[at] == '"')
            {
                _isQuoted = !_isQuoted;
            }
            else
            {
                Records++;
            }
        }
    }
}
