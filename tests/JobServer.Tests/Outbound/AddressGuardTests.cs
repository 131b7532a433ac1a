using System.Net;
using JobServer.Outbound;
using Microsoft.Extensions.Options;

namespace JobServer.Tests.Outbound;

public sealed class AddressGuardTests
{
    [Theory]
    // The first and last address of each block that is not public, and neighbours of none of them.
    [InlineData("0.0.0.0", "0.255.255.255")]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("127.0.0.0", "127.255.255.255")]
    [InlineData("168.63.129.16", "168.63.129.16")]
    [InlineData("169.254.0.0", "169.254.255.255")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.0.0.0", "192.0.0.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("192.88.99.0", "192.88.99.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("224.0.0.0", "239.255.255.255")]
    [InlineData("240.0.0.0", "255.255.255.255")]
    [InlineData("::", "::1")]
    [InlineData("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("100::", "100::ffff:ffff:ffff:ffff")]
    [InlineData("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff")]
    [InlineData("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Special_purpose_block_is_refused_from_end_to_end(string first, string last)
    {
        var guard = Guard();

        Assert.False(guard.IsAllowed(IPAddress.Parse(first)));
        Assert.False(guard.IsAllowed(IPAddress.Parse(last)));
    }

    [Theory]
    [InlineData("::ffff:127.0.0.1")] // IPv4-mapped
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")] // IPv4-compatible
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:0:127.0.0.1")] // IPv4-translated
    [InlineData("::ffff:0:8.8.8.8")]
    [InlineData("64:ff9b::10.0.0.1")] // NAT64
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b:1::8.8.8.8")] // local NAT64
    [InlineData("2002:7f00:1::1")] // 6to4
    [InlineData("2002:808:808::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe")] // Teredo
    [InlineData("2600:1f18::5efe:127.0.0.1")] // ISATAP
    [InlineData("2600:1f18::200:5efe:10.0.0.1")]
    [InlineData("fe80::1%1")] // link local with a zone
    [InlineData("fd00:ec2::254")] // metadata of clouds
    [InlineData("::ffff:100.100.100.200")]
    [InlineData("::ffff:192.0.0.192")]
    [InlineData("::ffff:168.63.129.16")]
    [InlineData("64:ff9b::168.63.129.16")]
    public void IPv6_form_that_carries_or_names_an_inner_address_is_refused(string address)
    {
        Assert.False(Guard().IsAllowed(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("1.0.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("191.255.255.255")]
    [InlineData("192.0.1.0")]
    [InlineData("192.0.1.255")]
    [InlineData("192.0.3.0")]
    [InlineData("192.31.196.1")] // AS112 and AMT are special, and meant for everyone
    [InlineData("192.52.193.1")]
    [InlineData("192.88.98.255")]
    [InlineData("192.88.100.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("192.175.48.1")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("198.51.99.255")]
    [InlineData("198.51.101.0")]
    [InlineData("203.0.112.255")]
    [InlineData("203.0.114.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2001:200::1")]
    [InlineData("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db9::")]
    [InlineData("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2003::")]
    [InlineData("2620:4f:8000::1")]
    [InlineData("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("3fff:1000::")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::5e0e:1")]
    public void Public_unicast_is_allowed(string address)
    {
        Assert.True(Guard().IsAllowed(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::1", false)]
    [InlineData("127.0.0.0/8", "10.0.0.1", false)]
    [InlineData("127.0.0.0/8", "64:ff9b::127.0.0.1", false)]
    [InlineData("127.0.0.0/8", "::127.0.0.1", false)]
    [InlineData("127.0.0.0/8", "::ffff:0:127.0.0.1", false)]
    [InlineData("127.0.0.0/8", "64:ff9b:1::127.0.0.1", false)]
    [InlineData("127.0.0.0/8", "2002:7f00:1::", false)]
    [InlineData("127.0.0.0/8", "2001::80ff:fffe", false)]
    [InlineData("127.0.0.0/8", "2600:1f18::5efe:127.0.0.1", false)]
    [InlineData("127.9.9.0/24", "127.0.0.1", false)]
    [InlineData("127.9.9.0/24", "127.9.10.0", false)]
    [InlineData("10.1.2.3/32", "10.1.2.3", true)]
    [InlineData("10.1.2.3/32", "10.1.2.4", false)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("::1/128", "::1", true)]
    [InlineData("::1/128", "127.0.0.1", false)]
    [InlineData("::/0", "::ffff:127.0.0.1", false)]
    [InlineData("2000::/3", "::ffff:10.0.0.1", false)]
    [InlineData("2000::/3", "::ffff:192.168.1.1", false)]
    public void Allowed_network_adds_exactly_itself(string network, string address, bool allowed)
    {
        Assert.Equal(allowed, Guard(network).IsAllowed(IPAddress.Parse(address)));
    }

    [Fact]
    public void Refusal_names_the_host_and_the_setting_and_no_address()
    {
        var refusal = new AddressRefusedException("intranet.example");

        Assert.Equal(
            "The address of host 'intranet.example' is not allowed. Add its network to Outbound:AllowedNetworks to allow it.",
            refusal.Message
        );
    }

    private static AddressGuard Guard(params string[] allowed) =>
        new(Options.Create(new OutboundOptions { AllowedNetworks = allowed }));
}
