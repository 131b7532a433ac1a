using JobServer.IntegrationTests.EmbeddedPostgres;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>JOBSERVER_SOAK_STOPS says how often the database is stopped; twice in the suite.</summary>
public sealed class StoppedDatabaseTests(StoppedCluster stopped)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Immediate_stops_of_the_database_under_load_lose_nothing_that_was_answered()
    {
        var output = TestContext.Current.TestOutputHelper!;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var runs = await RunTable.CreateAsync(server.ConnectionString, Cancel);
        await using var first = await WorkerProcess.StartAsync(server.ConnectionString, workers: 5, Cancel);
        await using var second = await WorkerProcess.StartAsync(server.ConnectionString, workers: 5, Cancel);
        using var storage = Fast.Open(server.ConnectionString);
        await using var load = new Load(storage, server.ConnectionString, mostWaiting: 1000);
        load.Start(runs);
        var stops = Fast.Times("JOBSERVER_SOAK_STOPS", inSuite: 2);
        for (var stop = 0; stop < stops; stop++)
        {
            var ran = await runs.AskAsync<long>("select count(*) from runs", Cancel) + random.Next(20, 200);
            await runs.WaitAsync($"select count(*) >= {ran} from runs", Cancel);
            await server.StopAtOnceAsync(Cancel);
            await server.StartAgainAsync(Cancel);
        }

        await load.StopAsync();
        await runs.WaitForAllAsync(Cancel);

        var jobs = await runs.AskAsync<long[]>("select array(select id from hangfire.job order by id)", Cancel);
        var expired = await runs.CounterAsync("stats:leases-expired", Cancel);
        var unanswered = jobs.Length - load.Created.Count;
        output.WriteLine(
            $"{stops} stops, {load.Created.Count} jobs answered, {load.Unknown} calls failed of which {unanswered} had made "
                + $"their job, {expired} jobs given back by ended leases, of which these ran again:"
        );
        output.WriteLine(await runs.RepeatedAsync(Cancel));
        Assert.Empty(load.Created.Select(long.Parse).Except(jobs));
        Assert.InRange(unanswered, 0, load.Unknown);
        await runs.AssertWholeAsync(Cancel);
    }
}
