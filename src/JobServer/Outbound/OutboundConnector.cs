using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace JobServer.Outbound;

/// <summary>
/// Opens the connections of <see cref="OutboundClient"/>: resolves once, judges every address, and connects to an allowed
/// one by number. What was judged is what is connected to, so no second answer of a name server can slip past.
/// </summary>
internal sealed class OutboundConnector(
    AddressGuard guard,
    HostResolver resolver,
    IOptions<OutboundOptions> options,
    TimeProvider time
)
{
    /// <summary>More addresses than this are not tried: each would get too small a share of the timeout.</summary>
    private const int MaxTries = 8;

    private readonly TimeSpan _timeout = options.Value.ConnectTimeout;

    public ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);

    /// <exception cref="AddressRefusedException">No address of the host is allowed.</exception>
    /// <exception cref="SocketException">No allowed address accepted the connection; the last one's error.</exception>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var addresses = await ResolveAsync(host, cancellationToken);
        var tries = KeepAllowed(addresses);
        if (tries == 0)
            throw new AddressRefusedException(host);

        SocketException? failure = null;
        for (var i = 0; i < tries; i++)
        {
            // An address that never answers must leave time for those after it.
            var share = (_timeout - time.GetElapsedTime(start)) / (tries - i);
            if (share <= TimeSpan.Zero)
                break;

            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], port), share, cancellationToken);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure ?? new SocketException((int)SocketError.TimedOut);
    }

    private async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            return await resolver.ResolveAsync(host, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                HttpRequestError.NameResolutionError,
                "The name did not resolve in time.",
                e
            );
        }
    }

    /// <summary>Moves the allowed addresses to the front, in their order, and returns how many of them to try.</summary>
    private int KeepAllowed(IPAddress[] addresses)
    {
        var kept = 0;
        foreach (var address in addresses)
        {
            if (guard.IsAllowed(address))
                addresses[kept++] = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }

        return Math.Min(kept, MaxTries);
    }

    private static async ValueTask<Stream> ConnectAsync(
        IPEndPoint endPoint,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, limit.Token);
            return new ConnectionStream(socket);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
