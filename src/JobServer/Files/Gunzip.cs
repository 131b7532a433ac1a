using System.IO.Compression;
using System.Security.Cryptography;

namespace JobServer.Files;

/// <summary>
/// Decompresses a gzip body, and knows whether it was whole: .NET takes one that breaks off for one that ends. So a mark
/// is compressed behind the body, which comes out only if the last member of the body has ended.
/// </summary>
internal sealed class Gunzip(CountedBody body) : IAsyncDisposable
{
    private static readonly byte[] Mark = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] CompressedMark = Compress(Mark);

    private readonly GZipStream _gzip = new(body.FollowedBy(CompressedMark), CompressionMode.Decompress);

    // What came out last: it may be the mark.
    private readonly byte[] _held = new byte[Mark.Length];
    private int _holds;

    /// <summary>As a stream reads; the room must be larger than the mark.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        _held.AsSpan(0, _holds).CopyTo(into.Span);
        var filled = _holds;
        while (filled <= Mark.Length)
        {
            var read = await DecompressAsync(into[filled..], cancellationToken);
            filled += read;
            if (read > 0)
                continue;
            if (!into.Span[..filled].SequenceEqual(Mark))
                throw Broken("it ends too early, or other bytes follow it");
            return 0;
        }

        _holds = Mark.Length;
        into.Span.Slice(filled - _holds, _holds).CopyTo(_held);
        return filled - _holds;
    }

    public ValueTask DisposeAsync() => _gzip.DisposeAsync();

    private async ValueTask<int> DecompressAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            return await _gzip.ReadAsync(into, cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw Broken("its data is damaged");
        }
    }

    private static BrokenFileException Broken(string why) =>
        new($"The file cannot be decompressed: {why}. Compress it with gzip anew, or send it uncompressed.")
        {
            Always = true,
        };

    private static byte[] Compress(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }
}
