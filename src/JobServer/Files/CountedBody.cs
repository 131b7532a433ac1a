namespace JobServer.Files;

/// <summary>A body that counts what was received of it.</summary>
internal sealed class CountedBody(Stream body) : Stream
{
    private ReadOnlyMemory<byte> _after;

    /// <summary>Bytes so far.</summary>
    public long Received { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Once the body has ended, these bytes follow; they are not counted.</summary>
    public CountedBody FollowedBy(ReadOnlyMemory<byte> after)
    {
        _after = after;
        return this;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        Received += read;
        if (read > 0)
            return read;
        var added = Math.Min(buffer.Length, _after.Length);
        _after[..added].CopyTo(buffer);
        _after = _after[added..];
        return added;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
