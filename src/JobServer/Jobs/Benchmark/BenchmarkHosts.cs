using JobServer.Access;
using JobServer.Outbound;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Benchmark;

/// <summary>
/// Who may be loaded with calls. This comes before the judgement of addresses, which every call passes: a host that may
/// be fetched from has not agreed to be measured.
/// </summary>
internal sealed class BenchmarkHosts(IOptions<BenchmarkOptions> options, OwnKey own, IServer server)
{
    /// <summary>Why the URL may not be benchmarked, without a full stop; null when it may.</summary>
    public string? Refusal(Uri url) =>
        options.Value.AllowedHosts.Any(entry => Allows(entry, url)) || IsOwnSample(url)
            ? null
            : $"{HostAuthority.Of(url)} is not a host that may be benchmarked; list it in "
                + $"{BenchmarkOptions.Section}:{nameof(BenchmarkOptions.AllowedHosts)}";

    /// <summary>What calls to the URL must bring; null for those of others.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? HeadersFor(Uri url) => IsOwnSample(url) ? [own.Header] : null;

    /// <summary>Whether it is <c>host</c> or <c>host:port</c>; addresses of IPv6 in brackets.</summary>
    public static bool IsEntry(string entry) =>
        Uri.TryCreate($"http://{entry}/", UriKind.Absolute, out var url)
        && url is { UserInfo: "", PathAndQuery: "/", Fragment: "" }
        && OutboundUrl.HasValidHost(url)
        && entry.Length > 0
        && !entry.EndsWith('/');

    private static bool Allows(string entry, Uri url)
    {
        var allowed = new Uri($"http://{entry}/");
        // The default port of the scheme is no port that was named, unless it was.
        var namesPort = !allowed.IsDefaultPort || entry.EndsWith(":80", StringComparison.Ordinal);
        return allowed.IdnHost.Equals(url.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (!namesPort || allowed.Port == url.Port);
    }

    private bool IsOwnSample(Uri url) =>
        url.AbsolutePath == SampleEndpoint.Path
        && (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Any(address => IsAt(address, url));

    private static bool IsAt(string address, Uri url)
    {
        var binding = BindingAddress.Parse(address);
        return binding.Scheme.Equals(url.Scheme, StringComparison.OrdinalIgnoreCase)
            && binding.Port == url.Port
            && (binding.Host.Equals(url.Host, StringComparison.OrdinalIgnoreCase) || url.IsLoopback);
    }
}
