using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class StoppedHostTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Host_stopped_amid_a_job_ends_in_order_and_another_goes_on_at_once()
    {
        const int items = 600;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        // Long enough that only a lane handed back, not one presumed dead, can go on within the test.
        var settings = new Dictionary<string, string> { ["Hangfire__LeaseTimeout"] = "01:00:00" };
        await using var first = await HostProcess.StartAsync(database.ConnectionString, settings, Cancel);
        var urls = Enumerable.Range(0, items).Select(n => $"{peer.Url}/slow/50/{n}").ToArray();
        var id = (await new JobClient(first.Http).SubmitAsync(new { urls }, Cancel)).Id();
        await database.WaitForAsync("select count(*) >= 50 from jobserver.items", Cancel);

        var exitCode = await first.StopAsync(Cancel);

        Assert.Equal(0, exitCode);
        Assert.Equal(0, peer.Open);
        Assert.False(await database.QueryAsync<bool>("select bool_or(running) from jobserver.lanes", Cancel));
        Assert.Equal(0, await database.QueryAsync<int>("select max(stalls)::integer from jobserver.chunks", Cancel));
        await using var second = await HostProcess.StartAsync(database.ConnectionString, settings, Cancel);
        await new JobClient(second.Http).WaitForEndAsync(id, Cancel);
        await database.AssertEachRecordedOnceAsync(id, items, Cancel);
    }

    [Fact]
    public async Task Host_stopped_while_items_hang_lets_go_of_them()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var options = new { itemTimeout = "00:05:00" };
        var urls = new[] { $"{peer.Url}/hang?1", $"{peer.Url}/hang?2" };
        await new JobClient(host.Http).SubmitAsync(new { urls, options }, Cancel);
        await Until.TrueAsync(() => peer.Open == 2, Cancel);

        Assert.Equal(0, await host.StopAsync(Cancel));

        await Until.TrueAsync(() => peer.Open == 0, Cancel);
    }
}
