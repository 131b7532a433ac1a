using System.Net;
using System.Net.Sockets;

namespace JobServer.Outbound;

/// <summary>
/// Turns a host into addresses. A lookup by the system blocks a thread and cannot be called back, so only so many run
/// at a time; a slot is free again when the lookup has really ended, not when its caller gave up.
/// </summary>
internal sealed class HostResolver : IDisposable
{
    private const int MaxLookups = 64;

    private readonly Func<string, Task<IPAddress[]>> _lookup;
    private readonly SemaphoreSlim _slots = new(MaxLookups, MaxLookups);

    public HostResolver()
        : this(static host => Dns.GetHostAddressesAsync(host, CancellationToken.None)) { }

    public HostResolver(Func<string, Task<IPAddress[]>> lookup)
    {
        _lookup = lookup;
    }

    /// <exception cref="HttpRequestException">
    /// With <see cref="HttpRequestError.NameResolutionError"/>: there is no such host, or no answer about it.
    /// </exception>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return [literal];

        await _slots.WaitAsync(cancellationToken);
        var lookup = LookUpAsync(host);
        try
        {
            return await lookup.WaitAsync(cancellationToken);
        }
        // ArgumentException: Uri lets names through that the resolver takes for malformed.
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, "The name does not resolve.", e);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<IPAddress[]> LookUpAsync(string host)
    {
        try
        {
            return await _lookup(host);
        }
        finally
        {
            _slots.Release();
        }
    }
}
