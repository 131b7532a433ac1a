using System.Net;

namespace JobServer.Outbound;

/// <summary>
/// The networks that are not public unicast, after the IANA special-purpose address registries for IPv4
/// (iana.org/assignments/iana-ipv4-special-registry) and IPv6 (iana.org/assignments/iana-ipv6-special-registry), with
/// the multicast and reserved blocks of the two address space registries.
/// </summary>
internal static class SpecialNetworks
{
    /// <summary>IPv4 is public unless listed here.</summary>
    public static readonly IPNetwork[] NotPublicV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network, RFC 791
        IPNetwork.Parse("10.0.0.0/8"), // private use, RFC 1918
        IPNetwork.Parse("100.64.0.0/10"), // shared by carrier-grade NAT, RFC 6598; a cloud's metadata too
        IPNetwork.Parse("127.0.0.0/8"), // loopback, RFC 1122
        IPNetwork.Parse("168.63.129.16/32"), // public by number, but Azure answers it from within the host
        IPNetwork.Parse("169.254.0.0/16"), // link local, RFC 3927; metadata of most clouds
        IPNetwork.Parse("172.16.0.0/12"), // private use, RFC 1918
        IPNetwork.Parse("192.0.0.0/24"), // IETF protocol assignments, RFC 6890; a cloud's metadata too
        IPNetwork.Parse("192.0.2.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relay anycast, deprecated by RFC 7526
        IPNetwork.Parse("192.168.0.0/16"), // private use, RFC 1918
        IPNetwork.Parse("198.18.0.0/15"), // benchmarking, RFC 2544
        IPNetwork.Parse("198.51.100.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("203.0.113.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("224.0.0.0/4"), // multicast, RFC 5771
        IPNetwork.Parse("240.0.0.0/4"), // reserved, RFC 1112, and limited broadcast, RFC 8190
    ];

    /// <summary>
    /// The only block of IPv6 global unicast that is in use. What lies outside needs no entry below: unspecified,
    /// loopback, IPv4-compatible, IPv4-translated, local NAT64 (64:ff9b:1::/48), discard-only (100::/64), SRv6
    /// (5f00::/16), unique local, link local, site local and multicast.
    /// </summary>
    public static readonly IPNetwork GlobalUnicastV6 = IPNetwork.Parse("2000::/3");

    /// <summary>IPv6 within <see cref="GlobalUnicastV6"/> is public unless listed here.</summary>
    public static readonly IPNetwork[] NotPublicV6 =
    [
        IPNetwork.Parse("2001::/23"), // IETF protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID and others
        IPNetwork.Parse("2001:db8::/32"), // documentation, RFC 3849
        IPNetwork.Parse("2002::/16"), // 6to4, RFC 3056
        IPNetwork.Parse("3fff::/20"), // documentation, RFC 9637
    ];

    /// <summary>NAT64, RFC 6052: where a network has only IPv6, every IPv4 host is reached through it.</summary>
    public static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
}
