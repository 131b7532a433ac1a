using System.Net;
using Microsoft.Extensions.Options;

namespace JobServer.Outbound;

/// <summary>
/// The one way out of this process. Sends GET requests over one pool of connections, follows redirects by hand so that
/// every hop passes <see cref="AddressGuard"/>, and returns when the headers of the last response are there.
/// </summary>
/// <remarks>
/// There is no timeout of a whole request here: the caller's token is the limit, because only the caller knows whether
/// time spent waiting for a connection counts. What an exception means is said by <see cref="OutboundFaults"/>.
/// <para>
/// A call is awaited, or blocks its thread to the end: it is the same code, and nothing in it is left pending.
/// Connecting alone is never done on the caller's thread: new connections belong to the pool, not to a request.
/// </para>
/// </remarks>
internal sealed class OutboundClient : IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private readonly OutboundOptions _options;
    private readonly TimeProvider _time;

    public OutboundClient(IOptions<OutboundOptions> options, OutboundConnector connector, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
        _invoker = new HttpMessageInvoker(CreateHandler(_options, connector), disposeHandler: true);
    }

    /// <exception cref="TooManyRedirectsException">More than <see cref="OutboundOptions.MaxRedirects"/>.</exception>
    /// <exception cref="HttpRequestException">
    /// No response came; an <see cref="AddressRefusedException"/> is found inside.
    /// </exception>
    public Task<OutboundResponse> GetAsync(OutboundRequest request, CancellationToken cancellationToken) =>
        GetAsync(request, blocking: false, cancellationToken);

    /// <summary>The same, blocking the thread; the token ends that at once.</summary>
    /// <inheritdoc cref="GetAsync(OutboundRequest, CancellationToken)" path="/exception"/>
    public OutboundResponse Get(OutboundRequest request, CancellationToken cancellationToken) =>
        GetAsync(request, blocking: true, cancellationToken).GetAwaiter().GetResult();

    public void Dispose() => _invoker.Dispose();

    private async Task<OutboundResponse> GetAsync(
        OutboundRequest request,
        bool blocking,
        CancellationToken cancellationToken
    )
    {
        if (!OutboundUrl.IsHttp(request.Url))
            throw new ArgumentException("Only http and https URLs can be fetched.", nameof(request));

        var start = _time.GetTimestamp();
        var url = request.Url;
        var headers = request.Headers;
        for (var followed = 0; ; followed++)
        {
            var response = await SendAsync(CreateMessage(url, headers), blocking, cancellationToken);
            var next = request.FollowRedirects ? Redirect.Target(url, response) : null;
            if (next is null)
                return new OutboundResponse(response, url, start, _time);

            // Reads a short body to its end, so that the connection can be used again.
            response.Dispose();
            if (followed == _options.MaxRedirects)
                throw new TooManyRedirectsException(_options.MaxRedirects);

            if (!Redirect.IsSameOrigin(url, next))
                headers = null;
            url = next;
        }
    }

    private ValueTask<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        bool blocking,
        CancellationToken cancellationToken
    ) =>
        blocking ? new(_invoker.Send(request, cancellationToken)) : new(_invoker.SendAsync(request, cancellationToken));

    private HttpRequestMessage CreateMessage(Uri url, IReadOnlyList<KeyValuePair<string, string>>? headers)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, url);
        var named = false;
        for (var i = 0; i < headers?.Count; i++)
        {
            var (name, value) = headers[i];
            if (RequestHeaders.Refusal(name, value) is { } refusal)
                throw new ArgumentException($"Header refused: {refusal}.", nameof(headers));

            message.Headers.TryAddWithoutValidation(name, value);
            named |= name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase);
        }

        if (!named)
            message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        return message;
    }

    internal static SocketsHttpHandler CreateHandler(OutboundOptions options, OutboundConnector connector) =>
        new()
        {
            ConnectCallback = connector.ConnectAsync,
            // A proxy would connect on our behalf, to addresses that nobody judged.
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = options.MaxConnectionsPerHost,
            // Resolve and connect have their own limit in the connector; this leaves the TLS handshake as long again.
            ConnectTimeout = options.ConnectTimeout * 2,
            PooledConnectionIdleTimeout = options.ConnectionIdleTimeout,
            PooledConnectionLifetime = options.ConnectionLifetime,
            MaxResponseHeadersLength = options.MaxResponseHeadersKilobytes,
            // What is left of a body nobody wants: a little is read to keep the connection, more costs the connection.
            MaxResponseDrainSize = 16 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            // Trace ids of ours are no business of other hosts.
            ActivityHeadersPropagator = null,
        };
}
