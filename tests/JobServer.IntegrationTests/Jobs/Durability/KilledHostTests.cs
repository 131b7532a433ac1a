using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class KilledHostTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int Items = 5000;
    private const int Concurrency = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_kills_lose_no_item_and_record_none_twice()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        try
        {
            var urls = Enumerable.Range(0, Items).Select(n => $"{peer.Url}/slow/{random.Next(20, 150)}/{n}").ToArray();
            var job = await new JobClient(host.Http).SubmitAsync(
                new { urls, options = new { concurrency = Concurrency, perHostConcurrency = Concurrency } },
                Cancel
            );
            var id = job.Id();
            for (var kill = 1; kill <= Kills; kill++)
            {
                // At work again: more is recorded since the last kill than can be left of one chunk while the next has
                // begun. A chunk that is killed three times without a result fails, and rightly so.
                var recorded = await database.QueryAsync<long>("select count(*) from jobserver.items", Cancel);
                await database.WaitForAsync($"select count(*) > {recorded + Concurrency} from jobserver.items", Cancel);
                await Task.Delay(random.Next(0, 1000), Cancel);
                await host.KillAsync();
                await host.DisposeAsync();
                host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
            }

            Assert.NotEqual("succeeded", (await new JobClient(host.Http).GetAsync(id, Cancel)).State());
            await new JobClient(host.Http).WaitForEndAsync(id, Cancel);
            await database.AssertEachRecordedOnceAsync(id, Items, Cancel);
            var lines = await new JobClient(host.Http).ResultsAsync(id, Cancel);
            Assert.Equal(urls, lines.Select(line => line.GetProperty("key").GetString()));
            output.WriteLine($"calls {peer.Calls.Values.Sum()} for {Items} items");
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task Item_that_brings_its_host_down_again_and_again_is_given_up()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        try
        {
            var urls = new[] { $"{peer.Url}/json/1", $"{peer.Url}/hang" };
            var options = new { itemTimeout = "00:01:00" };
            var id = (await new JobClient(host.Http).SubmitAsync(new { urls, options }, Cancel)).Id();
            await database.WaitForAsync("select count(*) = 1 from jobserver.items", Cancel);
            for (var kill = 1; kill <= 4; kill++)
            {
                var calls = kill;
                await Until.TrueAsync(() => peer.CallsOf("/hang") == calls, Cancel);
                await host.DisposeAsync();
                host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
            }

            var job = await new JobClient(host.Http).WaitForEndAsync(id, Cancel);

            Assert.Equal("partially_succeeded", job.State());
            var lines = await new JobClient(host.Http).ResultsAsync(id, Cancel);
            Assert.Equal([null, "chunk_failed"], lines.Select(line => line.ErrorCode()));
        }
        finally
        {
            await host.DisposeAsync();
        }
    }
}
