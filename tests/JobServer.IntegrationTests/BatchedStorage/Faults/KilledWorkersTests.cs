using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>JOBSERVER_SOAK_KILLS says how often a worker is killed; 8 times in the suite.</summary>
public sealed class KilledWorkersTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_workers_under_load_loses_nothing_and_repeats_only_what_leases_ended_in()
    {
        var seed = Environment.TickCount;
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        await using var load = new Load(storage, database.ConnectionString, mostWaiting: 2000);
        load.Start(runs);
        var workers = new List<WorkerProcess>();
        var kills = Fast.Times("JOBSERVER_SOAK_KILLS", inSuite: 8);
        try
        {
            for (var i = 0; i < 3; i++)
                workers.Add(await WorkerProcess.StartAsync(database.ConnectionString, workers: 5, Cancel));
            for (var kill = 0; kill < kills; kill++)
            {
                var victim = workers[kill % workers.Count];
                var ran = random.Next(1, 60);
                await runs.WaitAsync($"select count(*) >= {ran} from runs where process = {victim.Id}", Cancel);
                await victim.DisposeAsync();
                workers[kill % workers.Count] = await WorkerProcess.StartAsync(database.ConnectionString, 5, Cancel);
            }

            await load.StopAsync();
            await runs.WaitForAllAsync(Cancel);
        }
        finally
        {
            foreach (var worker in workers)
                await worker.DisposeAsync();
        }

        var expired = await runs.CounterAsync("stats:leases-expired", Cancel);
        var repeated = await runs.AskAsync<long>("select count(*) - count(distinct job) from runs", Cancel);
        output.WriteLine(
            $"{kills} kills, {load.Created.Count} jobs, {expired} given back by ended leases, {repeated} ran again:"
        );
        output.WriteLine(await runs.RepeatedAsync(Cancel));
        Assert.Equal(0, load.Unknown);
        Assert.Equal(load.Created.Count, await runs.AskAsync<long>("select count(*) from hangfire.job", Cancel));
        Assert.True(repeated <= expired);
        await runs.AssertWholeAsync(Cancel);
    }
}
