using System.Buffers;
using System.IO.Pipelines;

namespace JobServer.Files;

/// <summary>A body as a stream that counts what was received of it.</summary>
/// <remarks>
/// A read is cancelled through the pipe: given a token, Kestrel's pipe stays in the middle of that read, and what is left
/// of the body cannot be drained after the answer.
/// </remarks>
internal sealed class CountedBody(PipeReader body) : Stream
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

    /// <summary>Looks at the first bytes, which are read afterwards all the same.</summary>
    public async ValueTask<bool> StartsWithAsync(ReadOnlyMemory<byte> magic, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await ReadPipeAsync(cancellationToken);
            var first = result.Buffer.Slice(0, Math.Min(magic.Length, result.Buffer.Length)).ToArray();
            var known = first.Length == magic.Length || result.IsCompleted;
            body.AdvanceTo(result.Buffer.Start, known ? result.Buffer.Start : result.Buffer.End);
            if (known)
                return magic.Span.SequenceEqual(first);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await ReadPipeAsync(cancellationToken);
        var taken = result.Buffer.Slice(0, Math.Min(buffer.Length, result.Buffer.Length));
        var read = (int)taken.Length;
        taken.CopyTo(buffer.Span);
        body.AdvanceTo(taken.End);
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

    /// <summary>At least one byte, or the end.</summary>
    private async ValueTask<ReadResult> ReadPipeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result;
            await using (cancellationToken.UnsafeRegister(pipe => ((PipeReader)pipe!).CancelPendingRead(), body))
                result = await body.ReadAsync(CancellationToken.None);
            if (cancellationToken.IsCancellationRequested)
            {
                body.AdvanceTo(result.Buffer.Start);
                throw new OperationCanceledException(cancellationToken);
            }

            if (!result.Buffer.IsEmpty || result.IsCompleted)
                return result;
            body.AdvanceTo(result.Buffer.Start);
        }
    }
}
