using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>JOBSERVER_SOAK_STOPS says how often PostgreSQL is stopped, with 50 accepted jobs each; 5 times in the suite.</summary>
public sealed class RestartedDatabaseTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private const int JobsPerStop = 50;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Immediate_restarts_of_the_database_under_load_lose_no_accepted_job_and_double_no_result()
    {
        var seed = Seed.Print(output);
        var random = new Random(seed);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var peer = await Peer.StartAsync();
        await using var node = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var record = new ClientRecord("restarted");
        var stops = Fast.Times("JOBSERVER_SOAK_STOPS", inSuite: 5);
        await using (var load = new Load(record, () => node.Host.Http, peer.Url, seed))
        {
            for (var stop = 0; stop < stops; stop++)
            {
                load.Ask(JobsPerStop);
                await load.WaitForAsync(stop * JobsPerStop + random.Next(JobsPerStop), Cancel);
                await Task.Delay(random.Next(0, 200), Cancel);
                await server.StopAtOnceAsync(Cancel);
                await server.StartAgainAsync(Cancel);
            }

            await load.WaitForAsync(stops * JobsPerStop, Cancel);
        }

        var verdict = await new LedgerCheck(record, node.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(2), Cancel);

        output.WriteLine($"{stops} immediate stops");
        verdict.AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, Cancel);
    }
}
