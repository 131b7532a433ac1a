using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace JobServer.Hosting;

/// <summary>Which proxies stand before this host.</summary>
internal sealed class ProxyOptions
{
    public const string Section = "Proxies";

    /// <summary>
    /// Addresses or networks of proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Prefix</c> are believed; a list,
    /// or one text with commas. Default none.
    /// </summary>
    public IReadOnlyList<string> Known { get; init; } = [];
}

/// <summary>Believes what reverse proxies say of the client, of those that are named and of nobody else.</summary>
internal static class Proxies
{
    public static void AddProxies(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(ProxyOptions.Section);
        var known = section.ListOf(nameof(ProxyOptions.Known)) ?? section.Get<ProxyOptions>()?.Known ?? [];
        var networks = known.Select(Parse).ToList();
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders =
                networks.Count == 0
                    ? ForwardedHeaders.None
                    : ForwardedHeaders.XForwardedFor
                        | ForwardedHeaders.XForwardedProto
                        | ForwardedHeaders.XForwardedPrefix;
            // As many hops as are known.
            options.ForwardLimit = null;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks)
                options.KnownIPNetworks.Add(network);
        });
    }

    /// <summary>Before all that looks at the client's address, the scheme or the path.</summary>
    public static void UseProxies(this WebApplication app) => app.UseForwardedHeaders();

    private static System.Net.IPNetwork Parse(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network))
            return network;
        if (IPAddress.TryParse(text, out var address))
            return new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8);
        throw new InvalidSettingException(
            $"{ProxyOptions.Section}:{nameof(ProxyOptions.Known)}: '{text}' is neither an address nor a network in CIDR form, such as 10.1.0.0/16."
        );
    }
}
