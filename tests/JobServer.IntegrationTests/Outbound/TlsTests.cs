using JobServer.Outbound;

namespace JobServer.IntegrationTests.Outbound;

public sealed class TlsTests
{
    [Fact]
    public async Task Certificate_that_is_not_trusted_is_refused_for_good()
    {
        await using var server = new TlsServer();
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(server.Url);

        Assert.Equal("tls_failed", fault.Code);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task Plain_server_behind_an_https_url_is_a_tls_failure()
    {
        await using var server = new RawServer(
            (stream, _, token) => RawServer.WriteAsync(stream, "HTTP/1.1 400 Bad Request\r\n\r\n", token),
            greets: true
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(new Uri($"https://127.0.0.1:{server.Port}/"));

        Assert.Equal("tls_failed", fault.Code);
    }

    [Fact]
    public async Task Silent_handshake_is_given_up_by_itself()
    {
        await using var server = new RawServer(_ => "");
        using var outbound = new OutboundFixture(
            new OutboundOptions { AllowedNetworks = ["127.0.0.0/8"], ConnectTimeout = TimeSpan.FromMilliseconds(200) }
        );

        var fault = await outbound.FailAsync(new Uri($"https://127.0.0.1:{server.Port}/"));

        Assert.Equal("connect_failed", fault.Code);
        Assert.Equal(1, server.Accepted);
    }
}
