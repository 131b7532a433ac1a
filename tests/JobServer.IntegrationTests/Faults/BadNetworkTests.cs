using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>What networks do between a host and its PostgreSQL, under load.</summary>
public sealed class BadNetworkTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private const int Jobs = 60;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Connections_that_are_cut_again_and_again_lose_and_double_nothing() =>
        RunAsync(
            async (proxy, accepted) =>
            {
                for (var cut = 1; cut <= 10; cut++)
                {
                    await accepted(cut * Jobs / 12);
                    proxy.Cut();
                }
            }
        );

    [Fact]
    public Task Connections_that_freeze_and_are_cut_in_the_end_lose_and_double_nothing() =>
        RunAsync(
            async (proxy, accepted) =>
            {
                await accepted(Jobs / 3);
                proxy.Freeze();
                // Longer than the lease: whoever cannot renew it must not have gone on.
                await Task.Delay(Fast.Lease * 2, Cancel);
                proxy.Cut();
                proxy.Thaw();
            }
        );

    [Fact]
    public Task Connections_that_freeze_and_thaw_lose_and_double_nothing() =>
        RunAsync(
            async (proxy, accepted) =>
            {
                await accepted(Jobs / 3);
                proxy.Freeze();
                await Task.Delay(Fast.Lease * 2, Cancel);
                proxy.Thaw();
            }
        );

    [Fact]
    public Task Connections_that_are_slow_and_narrow_lose_and_double_nothing() =>
        RunAsync(
            async (proxy, accepted) =>
            {
                await accepted(Jobs / 3);
                proxy.Latency = TimeSpan.FromMilliseconds(50);
                proxy.Bandwidth = 200_000;
                await accepted(2 * Jobs / 3);
                (proxy.Latency, proxy.Bandwidth) = (TimeSpan.Zero, null);
            }
        );

    private async Task RunAsync(Func<FaultProxy, Func<int, Task>, Task> disturb)
    {
        var seed = Seed.Print(output);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var proxy = new FaultProxy(server.ConnectionString);
        await using var peer = await Peer.StartAsync();
        await using var disturbed = await Node.StartAsync(proxy.ConnectionString, null, Cancel);
        // Takes over what the disturbed one had, as soon as that may be.
        await using var whole = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var record = new ClientRecord("network");
        var through = proxy.Through;
        await using (var load = new Load(record, () => disturbed.Host.Http, peer.Url, seed))
        {
            load.Ask(Jobs);
            await disturb(proxy, accepted => load.WaitForAsync(accepted, Cancel));
            await load.WaitForAsync(Jobs, Cancel);
        }

        Assert.True(proxy.Through > through, "Nothing went through the proxy.");
        var verdict = await new LedgerCheck(record, disturbed.Host.Http, peer).RunAsync(
            TimeSpan.FromMinutes(2),
            Cancel
        );
        verdict.AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, Cancel);
    }
}
