using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace JobServer.Outbound;

/// <summary>
/// A response whose headers are there and whose body is still to be read. Dispose gives the connection back, or closes
/// it when more than a little of the body is left.
/// </summary>
internal sealed class OutboundResponse : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly TimeProvider _time;
    private readonly long _start;
    private TimeSpan? _total;

    internal OutboundResponse(HttpResponseMessage response, Uri finalUrl, long start, TimeProvider time)
    {
        _response = response;
        _time = time;
        _start = start;
        FinalUrl = finalUrl;
        FirstByte = time.GetElapsedTime(start);
    }

    /// <summary>The URL that answered, after redirects.</summary>
    public Uri FinalUrl { get; }

    public HttpStatusCode Status => _response.StatusCode;

    public HttpResponseHeaders Headers => _response.Headers;

    /// <summary>The <c>Content-Type</c> as the peer wrote it.</summary>
    public string? ContentType =>
        _response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null;

    /// <summary>The declared length; null when the body is compressed or of unknown length.</summary>
    public long? ContentLength => _response.Content.Headers.ContentLength;

    /// <summary>From the call to the headers of the final response: redirects, waiting and connecting included.</summary>
    public TimeSpan FirstByte { get; }

    /// <summary>From the call to the end of the body, or to now while it is not read.</summary>
    public TimeSpan Total => _total ?? _time.GetElapsedTime(_start);

    /// <summary>Reads the body, once.</summary>
    /// <param name="maxBytes">The most bytes taken, counted after decompression.</param>
    /// <param name="cancellationToken">The limit of the wait: a peer may send as slowly as it likes.</param>
    /// <exception cref="BodyTooLargeException">The body is larger, or says so. Dispose drops the connection.</exception>
    /// <exception cref="InvalidDataException">The body cannot be decompressed.</exception>
    public ValueTask<PooledBody> ReadBodyAsync(long maxBytes, CancellationToken cancellationToken) =>
        ReadBodyAsync(maxBytes, blocking: false, cancellationToken);

    /// <summary>The same, blocking the thread; the token ends that at once.</summary>
    /// <inheritdoc cref="ReadBodyAsync(long, CancellationToken)" path="/exception"/>
    public PooledBody ReadBody(long maxBytes, CancellationToken cancellationToken)
    {
        using var _ = ConnectionStream.LimitReads(cancellationToken);
        try
        {
            var reading = ReadBodyAsync(maxBytes, blocking: true, cancellationToken);
            Debug.Assert(reading.IsCompleted, "Nothing is pending after blocking reads.");
            return reading.GetAwaiter().GetResult();
        }
        // What is left of a read that was called off when it has come up through TLS and decompression.
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    public void Dispose() => _response.Dispose();

    private async ValueTask<PooledBody> ReadBodyAsync(long maxBytes, bool blocking, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        var declared = ContentLength;
        if (declared > maxBytes)
            throw new BodyTooLargeException(maxBytes);

        var stream = await OpenBodyAsync(blocking, cancellationToken);
        try
        {
            return await BodyReader.ReadAsync(stream, declared, maxBytes, cancellationToken, blocking);
        }
        // How Brotli says that its input is damaged.
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("The body cannot be decompressed.", e);
        }
        finally
        {
            _total = _time.GetElapsedTime(_start);
        }
    }

    private ValueTask<Stream> OpenBodyAsync(bool blocking, CancellationToken cancellationToken) =>
        blocking
            ? new(_response.Content.ReadAsStream(cancellationToken))
            : new(_response.Content.ReadAsStreamAsync(cancellationToken));
}
