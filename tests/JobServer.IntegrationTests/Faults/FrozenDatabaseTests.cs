using System.Net;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Hosting;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A network that swallows everything: nobody says that the database is away.</summary>
public sealed class FrozenDatabaseTests(StoppedCluster stopped)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_says_so_in_time_and_goes_on_when_the_network_does()
    {
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var proxy = new FaultProxy(server.ConnectionString);
        var routes = await MappedRoutes.ReadAsync(server.ConnectionString, Cancel);
        await using var host = await HostProcess.StartAsync(proxy.ConnectionString, null, Cancel);
        var key = await host.MakeAsync("default", Cancel, "jobs:read");
        using var stored = host.ClientOf(key.Text());
        using var before = await stored.GetAsync("/v1/jobs", Cancel);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        proxy.Freeze();
        // At once: each takes seconds.
        await Task.WhenAll(
            routes
                .Where(route => route.Contains(" /v1/", StringComparison.Ordinal))
                .Select(route => EveryRoute.ExpectAwayAsync(host, route, Cancel))
        );
        // Nothing waits in vain any more.
        using var meanwhile = await stored.GetAsync("/v1/jobs", Cancel);
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        probing.CancelAfter(TimeSpan.FromSeconds(5));
        using var live = await host.Http.GetAsync("/health/live", probing.Token);
        using var ready = await host.Http.GetAsync("/health/ready", probing.Token);
        proxy.Thaw();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, meanwhile.StatusCode);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var after = await stored.GetAsync("/v1/jobs", limit.Token);
            if (after.StatusCode == HttpStatusCode.OK)
                return;
        }
    }
}
