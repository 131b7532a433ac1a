using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using JobServer.Jobs.Input;

namespace JobServer.Files;

/// <summary>
/// The bytes of one upload, decompressed, through one buffer: counted, hashed, and held to the limits while they pass.
/// </summary>
internal sealed class UploadBytes : IAsyncDisposable
{
    /// <summary>How much is looked at to find out what a file is.</summary>
    public const int HeadBytes = 64 << 10;

    private const long JudgedFrom = 1 << 20;
    private static readonly byte[] GzipMagic = [0x1F, 0x8B];

    private readonly UploadOptions _limits;
    private readonly CountedBody _body;
    private readonly Gunzip? _gunzip;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * HeadBytes);
    private int _start;
    private int _end;

    private UploadBytes(CountedBody body, bool gzip, UploadOptions limits)
    {
        _limits = limits;
        _body = body;
        _gunzip = gzip ? new Gunzip(_body) : null;
    }

    /// <summary>Bytes that came out so far.</summary>
    public long Count { get; private set; }

    /// <summary>Where <see cref="Unread"/> begins in the file.</summary>
    public long Offset => Count - (_end - _start);

    /// <summary>What is there and was not consumed.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Begins to read; the head is there afterwards, or all of a smaller file.</summary>
    /// <param name="gzip">Whether the body is said to be compressed; if not, its first bytes may still say so.</param>
    public static async Task<UploadBytes> BeginAsync(
        PipeReader body,
        bool gzip,
        UploadOptions limits,
        CancellationToken cancellationToken
    )
    {
        var counted = new CountedBody(body);
        gzip |= await counted.StartsWithAsync(GzipMagic, cancellationToken);
        var bytes = new UploadBytes(counted, gzip, limits);
        try
        {
            while (bytes.Unread.Length < HeadBytes && await bytes.ReadMoreAsync(cancellationToken)) { }
            return bytes;
        }
        catch
        {
            await bytes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts more behind the unread bytes, for which there must be room. False at the end of the file.</summary>
    public async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        Unread.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var room = _buffer.AsMemory(_end);
        var read = _gunzip is null
            ? await _body.ReadAsync(room, cancellationToken)
            : await _gunzip.ReadAsync(room, cancellationToken);
        _hash.AppendData(room.Span[..read]);
        _end += read;
        Count += read;
        CheckLimits();
        return read > 0;
    }

    public void Consume(int count) => _start += count;

    /// <summary>Reads to the end for the count and the hash alone.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        do Consume(Unread.Length);
        while (await ReadMoreAsync(cancellationToken));
    }

    /// <summary>SHA-256 of all bytes.</summary>
    public byte[] Hash() => _hash.GetCurrentHash();

    public async ValueTask DisposeAsync()
    {
        if (_gunzip is not null)
            await _gunzip.DisposeAsync();
        await _body.DisposeAsync();
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void CheckLimits()
    {
        if (Count > _limits.MaxBytes)
            throw new RequestTooLargeException(_limits.MaxBytes);
        if (_gunzip is not null && Count > JudgedFrom && Count / _limits.MaxRatio > _body.Received)
        {
            throw new FileLimitException(
                "decompression-bomb",
                "The body grows too much.",
                $"The body looks like a decompression bomb: more than {_limits.MaxRatio} bytes come out of one. Send it "
                    + "uncompressed if it is what it should be."
            );
        }
    }
}
