using System.Net;
using JobServer.Outbound;

namespace JobServer.IntegrationTests.Outbound;

public sealed class AddressRefusalTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")] // decimal
    [InlineData("0x7f000001")] // hexadecimal
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")] // octal
    [InlineData("017700000001")]
    [InlineData("127.1")] // short forms
    [InlineData("127.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0")]
    [InlineData("0.0.0.0")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST")]
    [InlineData("[::1]")]
    [InlineData("[0:0:0:0:0:0:0:1]")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("[::127.0.0.1]")]
    [InlineData("[::ffff:0:127.0.0.1]")]
    [InlineData("[64:ff9b::127.0.0.1]")]
    [InlineData("[2002:7f00:1::]")]
    public async Task Loopback_is_refused_by_default_however_it_is_spelled(string host)
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), IPAddress.IPv6Any);
        using var outbound = new OutboundFixture();
        Assert.True(OutboundUrl.TryParse($"http://{host}:{canary.Port}/", out var url, out _));

        var fault = await outbound.FailAsync(url);

        Assert.Equal("address_refused", fault.Code);
        Assert.Contains("Outbound:AllowedNetworks", fault.Detail, StringComparison.Ordinal);
        Assert.Equal(0, canary.Accepted);
    }

    [Theory]
    [InlineData("%31%32%37.0.0.1")] // percent-encoded digits
    [InlineData("①②⑦.⓪.⓪.①")] // circled digits
    [InlineData("１２７.0.0.1")] // full-width digits
    [InlineData("127。0。0。1")] // ideographic full stops
    public async Task Loopback_in_other_digits_is_not_reached(string host)
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), IPAddress.IPv6Any);
        using var outbound = new OutboundFixture();

        if (OutboundUrl.TryParse($"http://{host}:{canary.Port}/", out var url, out _))
            Assert.Contains((await outbound.FailAsync(url)).Code, (string[])["address_refused", "dns_failed"]);

        Assert.Equal(0, canary.Accepted);
    }

    [Fact]
    public async Task Refusal_is_the_same_whether_something_listens_or_not()
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"));
        using var outbound = new OutboundFixture();

        var open = await outbound.FailAsync(canary.Url());
        var shut = await outbound.FailAsync(new Uri("http://127.0.0.1:1/"));

        Assert.Equal(open, shut);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_to_a_refused_address_is_refused_without_a_connection(int status)
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), IPAddress.Parse("127.0.0.2"));
        await using var server = new RawServer(_ => RawServer.Moved($"http://127.0.0.2:{canary.Port}/", status));
        using var outbound = new OutboundFixture("127.0.0.1/32");

        var fault = await outbound.FailAsync(server.Url());

        Assert.Equal("address_refused", fault.Code);
        Assert.Equal(1, server.Accepted);
        Assert.Equal(0, canary.Accepted);
    }

    [Fact]
    public async Task Allowed_network_is_reached_by_name_and_by_mapped_address()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("hello", await outbound.ReadAsync(server.Url()));
        Assert.Equal("hello", await outbound.ReadAsync(server.Url(host: "localhost")));
        Assert.Equal("hello", await outbound.ReadAsync(server.Url(host: "[::ffff:127.0.0.1]")));
    }
}
