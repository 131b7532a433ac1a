using System.Net;
using System.Net.Sockets;
using JobServer.Outbound;
using Microsoft.Extensions.Options;

namespace JobServer.Tests.Outbound;

public sealed class OutboundConnectorTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public OutboundConnectorTests()
    {
        _listener.Start();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    [Fact]
    public async Task Refused_address_is_passed_over_and_the_allowed_one_is_used()
    {
        var connector = Connector("127.0.0.1/32", "127.0.0.2", "10.0.0.1", "127.0.0.1");

        await using var stream = await connector.ConnectAsync("rebound.example", Port, Cancel);
        using var accepted = await _listener.AcceptTcpClientAsync(Cancel);

        Assert.True(((NetworkStream)stream).Socket.NoDelay);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)((NetworkStream)stream).Socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Host_with_only_refused_addresses_is_refused_without_a_connection()
    {
        var connector = Connector("192.0.2.0/24", "127.0.0.1", "::1", "::ffff:127.0.0.1");

        var refusal = await Assert.ThrowsAsync<AddressRefusedException>(async () =>
            await connector.ConnectAsync("rebound.example", Port, Cancel)
        );

        Assert.Equal("rebound.example", refusal.Host);
        Assert.False(_listener.Pending());
    }

    [Fact]
    public async Task Dead_address_is_followed_by_the_next()
    {
        var connector = Connector("127.0.0.0/8", "127.0.0.9", "::ffff:127.0.0.1");

        await using var stream = await connector.ConnectAsync("two.example", Port, Cancel);

        Assert.True(((NetworkStream)stream).Socket.Connected);
    }

    [Fact]
    public async Task Name_is_resolved_once()
    {
        var lookups = 0;
        using var resolver = new HostResolver(_ =>
        {
            lookups++;
            return Task.FromResult(new[] { IPAddress.Parse("127.0.0.9"), IPAddress.Loopback });
        });

        await using var stream = await Connector(resolver, "127.0.0.0/8").ConnectAsync("two.example", Port, Cancel);

        Assert.Equal(1, lookups);
    }

    [Fact]
    public async Task Last_failure_is_reported_when_no_address_answers()
    {
        var connector = Connector("127.0.0.0/8", "127.0.0.8", "127.0.0.9");

        var failure = await Assert.ThrowsAsync<SocketException>(async () =>
            await connector.ConnectAsync("dead.example", Port, Cancel)
        );

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Unknown_name_is_a_dns_failure()
    {
        using var resolver = new HostResolver(_ => throw new SocketException((int)SocketError.HostNotFound));

        var failure = await Assert.ThrowsAsync<HttpRequestException>(async () =>
            await Connector(resolver).ConnectAsync("nowhere.example", Port, Cancel)
        );

        Assert.Equal("dns_failed", OutboundFaults.Code(failure));
    }

    [Fact]
    public async Task Name_server_that_is_silent_is_given_up_at_the_timeout()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        using var resolver = new HostResolver(_ => never.Task);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(async () =>
            await Connector(resolver).ConnectAsync("silent.example", Port, Cancel)
        );

        Assert.Equal("dns_failed", OutboundFaults.Code(failure));
        never.SetResult([]);
    }

    [Fact]
    public async Task Callers_cancellation_stays_a_cancellation()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        using var resolver = new HostResolver(_ => never.Task);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Connector(resolver).ConnectAsync("silent.example", Port, stop.Token)
        );
        never.SetResult([]);
    }

    public void Dispose() => _listener.Dispose();

    private static OutboundConnector Connector(string network, params string[] addresses)
    {
        var resolver = new HostResolver(_ => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        return Connector(resolver, network);
    }

    private static OutboundConnector Connector(HostResolver resolver, params string[] allowed)
    {
        var options = Options.Create(
            new OutboundOptions { AllowedNetworks = allowed, ConnectTimeout = TimeSpan.FromMilliseconds(500) }
        );
        return new OutboundConnector(new AddressGuard(options), resolver, options, TimeProvider.System);
    }
}
