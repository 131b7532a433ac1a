using System.Net.Sockets;

namespace JobServer.Outbound;

/// <summary>A connection whose blocking reads can be called off.</summary>
/// <remarks>
/// Reads that block take no token, and a response that is disposed of while one of them waits reads on by itself to save
/// the connection, beside that read. So the thread that is going to read says beforehand what ends it, and the connection
/// closes then. It is the same thread all the way from the body through decompression and TLS down to here.
/// </remarks>
internal sealed class ConnectionStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    [ThreadStatic]
    private static CancellationToken t_limit;

    /// <summary>Until disposed of, ends blocking reads of this thread, on any connection, when the token says so.</summary>
    public static ReadLimit LimitReads(CancellationToken cancellationToken)
    {
        var outer = t_limit;
        t_limit = cancellationToken;
        return new ReadLimit(outer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">The connection is broken, or was closed because the read was called off.</exception>
    // The base class has spans copied to arrays and back for every class but itself.
    public override int Read(Span<byte> buffer)
    {
        using var _ = t_limit.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), Socket);
        try
        {
            return Socket.Receive(buffer, SocketFlags.None);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            // A blocking send of a stream socket sends all of it.
            Socket.Send(buffer, SocketFlags.None);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Brings back the limit there was before.</summary>
    internal readonly struct ReadLimit(CancellationToken outer) : IDisposable
    {
        public void Dispose() => t_limit = outer;
    }
}
