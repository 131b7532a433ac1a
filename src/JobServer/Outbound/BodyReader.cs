using System.Buffers;

namespace JobServer.Outbound;

/// <summary>Reads a stream into pooled memory, up to a cap.</summary>
internal static class BodyReader
{
    private const int FirstBytes = 8 * 1024;

    /// <summary>A declared length is trusted for the first buffer up to here: declaring costs a peer nothing.</summary>
    private const int MaxFirstBytes = 1024 * 1024;

    /// <param name="stream">The body, decompressed.</param>
    /// <param name="declared">Its length if known.</param>
    /// <param name="maxBytes">The cap. One byte more is asked for, to tell an end from a cut, and never kept.</param>
    /// <param name="cancellationToken">The limit of the wait.</param>
    /// <param name="blocking">
    /// Whether the thread waits for each read; nothing is pending then when this returns. Such a read minds no token:
    /// whoever can end it must (<see cref="ConnectionStream"/>).
    /// </param>
    /// <exception cref="BodyTooLargeException">The body goes on past the cap.</exception>
    public static async ValueTask<PooledBody> ReadAsync(
        Stream stream,
        long? declared,
        long maxBytes,
        CancellationToken cancellationToken,
        bool blocking = false
    )
    {
        var cap = (int)Math.Min(maxBytes, Array.MaxLength);
        var first = (int)Math.Min(declared ?? FirstBytes, MaxFirstBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(first, 1, Math.Max(cap, 1)));
        var filled = 0;
        try
        {
            while (filled < declared || declared is null)
            {
                if (filled == cap)
                {
                    await ExpectEndAsync(stream, maxBytes, blocking, cancellationToken);
                    break;
                }

                if (filled == buffer.Length)
                    Grow(ref buffer, filled, cap);

                var room = buffer.AsMemory(filled, Math.Min(buffer.Length, cap) - filled);
                var read = await ReadAsync(stream, room, blocking, cancellationToken);
                if (read == 0)
                    break;

                filled += read;
            }

            return new PooledBody(buffer, filled);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static async ValueTask ExpectEndAsync(
        Stream stream,
        long maxBytes,
        bool blocking,
        CancellationToken cancellationToken
    )
    {
        if (await ReadAsync(stream, new byte[1], blocking, cancellationToken) != 0)
            throw new BodyTooLargeException(maxBytes);
    }

    private static ValueTask<int> ReadAsync(
        Stream stream,
        Memory<byte> room,
        bool blocking,
        CancellationToken cancellationToken
    ) => blocking ? new(stream.Read(room.Span)) : stream.ReadAsync(room, cancellationToken);

    private static void Grow(ref byte[] buffer, int filled, int cap)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(filled * 2L, cap));
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
