using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace JobServer.Outbound;

/// <summary>
/// Says which addresses may be connected to: public unicast, and what <see cref="OutboundOptions.AllowedNetworks"/> adds.
/// </summary>
/// <remarks>
/// Of the IPv6 forms that carry an IPv4 address, two are judged by the address they carry, since ordinary public hosts
/// are reached by them: IPv4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96). The others are refused whole:
/// IPv4-compatible, IPv4-translated, local NAT64, 6to4, Teredo and ISATAP. A NAT64 prefix that an operator took from its
/// own public space cannot be told from other public addresses.
/// </remarks>
internal sealed class AddressGuard
{
    private readonly IPNetwork[] _allowed;

    public AddressGuard(IOptions<OutboundOptions> options)
    {
        _allowed = [.. options.Value.AllowedNetworks.Select(IPNetwork.Parse)];
    }

    public bool IsAllowed(IPAddress address)
    {
        // First, for IPNetwork.Contains takes the IPv4 bits of a mapped address for the top bits of an IPv6 one.
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        return IsPublic(address) || Contains(_allowed, address);
    }

    private static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !Contains(SpecialNetworks.NotPublicV4, address);

        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written) || written != bytes.Length)
            return false;

        if (SpecialNetworks.Nat64.Contains(address))
            return !Contains(SpecialNetworks.NotPublicV4, new IPAddress(bytes[12..]));

        return SpecialNetworks.GlobalUnicastV6.Contains(address)
            && !Contains(SpecialNetworks.NotPublicV6, address)
            && !IsIsatap(bytes);
    }

    /// <summary>An interface identifier of 0000:5efe or 0200:5efe before the IPv4 address, RFC 5214, under any prefix.</summary>
    private static bool IsIsatap(ReadOnlySpan<byte> bytes) =>
        (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;

    private static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }
}
