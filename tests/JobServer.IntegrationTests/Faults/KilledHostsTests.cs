using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>JOBSERVER_SOAK_KILLS says how often a host is killed, with 50 accepted jobs each; 20 times in the suite.</summary>
public sealed class KilledHostsTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int JobsPerKill = 50;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_one_of_two_hosts_under_load_loses_no_accepted_job_and_doubles_no_result()
    {
        var seed = Seed.Print(output);
        var random = new Random(seed);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var one = await Node.StartAsync(database.ConnectionString, null, Cancel);
        await using var other = await Node.StartAsync(database.ConnectionString, null, Cancel);
        var record = new ClientRecord("killed");
        var turn = 0;
        HttpClient Host() => (Interlocked.Increment(ref turn) % 2 == 0 ? one : other).Host.Http;
        var kills = Fast.Times("JOBSERVER_SOAK_KILLS", inSuite: 20);
        await using (var load = new Load(record, Host, peer.Url, seed))
        {
            for (var kill = 0; kill < kills; kill++)
            {
                load.Ask(JobsPerKill);
                await load.WaitForAsync(kill * JobsPerKill + random.Next(JobsPerKill), Cancel);
                await Task.Delay(random.Next(0, 200), Cancel);
                await (random.Next(2) == 0 ? one : other).KillAndStartAgainAsync(Cancel);
            }

            await load.WaitForAsync(kills * JobsPerKill, Cancel);
        }

        var verdict = await new LedgerCheck(record, one.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(2), Cancel);

        output.WriteLine($"{kills} kills");
        // A chunk that is killed three times in a row without a result fails, and rightly so.
        verdict.AssertWhole(output, "chunk_failed");
    }
}
