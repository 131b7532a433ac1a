using System.Collections.Concurrent;
using System.Net;
using JobServer.Outbound;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>A name server of the attacker's answers each question as it likes; 127.0.0.2 is what it is after.</summary>
public sealed class RebindingTests
{
    private static readonly IPAddress Allowed = IPAddress.Loopback;
    private static readonly IPAddress Refused = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Name_that_changes_between_two_connections_is_judged_again()
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), Refused);
        await using var server = new RawServer(_ => RawServer.Moved($"http://rebound.example:{canary.Port}/"), Allowed);
        using var outbound = Resolving([Allowed], [Refused]);

        var fault = await outbound.FailAsync(server.Url(host: "rebound.example"));

        Assert.Equal(("address_refused", 1, 0), (fault.Code, server.Accepted, canary.Accepted));
    }

    [Fact]
    public async Task Name_is_asked_for_once_a_connection_so_a_second_answer_is_never_heard()
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), Refused);
        await using var server = new RawServer(_ => RawServer.Ok("hello"), Allowed);
        using var outbound = Resolving([Allowed], [Refused]);

        Assert.Equal("hello", await outbound.ReadAsync(server.Url(host: "rebound.example")));
        Assert.Equal("hello", await outbound.ReadAsync(server.Url(host: "rebound.example")));

        Assert.Equal((1, 0), (server.Accepted, canary.Accepted));
    }

    [Fact]
    public async Task Name_with_both_kinds_of_addresses_leads_to_the_allowed_one_even_when_that_is_dead()
    {
        await using var canary = new RawServer(_ => RawServer.Ok("secret"), Refused);
        using var outbound = Resolving([Refused, IPAddress.Parse("127.0.0.2").MapToIPv6(), Allowed]);

        var fault = await outbound.FailAsync(canary.Url(host: "both.example"));

        Assert.Equal(("connect_failed", 0), (fault.Code, canary.Accepted));
    }

    /// <summary>A client whose names resolve to these answers in turn, and that may reach 127.0.0.1 alone.</summary>
    private static OutboundFixture Resolving(params IPAddress[][] answers)
    {
        var queue = new ConcurrentQueue<IPAddress[]>(answers);
        return new OutboundFixture(
            new OutboundOptions { AllowedNetworks = ["127.0.0.1/32"] },
            new HostResolver(_ => Task.FromResult(queue.TryDequeue(out var answer) ? answer : []))
        );
    }
}
