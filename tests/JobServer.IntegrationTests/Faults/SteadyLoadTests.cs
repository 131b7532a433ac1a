using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>
/// JOBSERVER_SOAK_MINUTES says for how many minutes jobs keep coming, with a fault in each; in the suite every fault comes
/// once, a few seconds after the last.
/// </summary>
public sealed class SteadyLoadTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private const int JobsPerSecond = 10;
    private const long MaxGrowth = 32 << 20;
    private const int MaxMoreConnections = 4;

    private static readonly TimeSpan InSuite = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fault_after_fault_under_steady_load_loses_and_doubles_nothing_and_piles_nothing_up()
    {
        var seed = Seed.Print(output);
        var random = new Random(seed);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var proxy = new FaultProxy(server.ConnectionString);
        await using var peer = await Peer.StartAsync();
        await using var steady = await Node.StartAsync(proxy.ConnectionString, null, Cancel);
        await using var other = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var minutes = Fast.Times("JOBSERVER_SOAK_MINUTES", inSuite: 0);
        var round = minutes > 0 ? TimeSpan.FromMinutes(1) : InSuite;
        var faults = new SoakFaults(server, proxy, other, round / 10).All;
        var rounds = Math.Max(minutes, faults.Length);
        var record = new ClientRecord("steady");
        var resident = new List<long>();
        var connections = new List<long>();
        await using (var load = new Load(record, () => steady.Host.Http, peer.Url, seed))
        {
            for (var n = 0; n < rounds; n++)
            {
                if (n % faults.Length == 0)
                    random.Shuffle(faults);
                var (name, bringAboutAsync) = faults[n % faults.Length];
                var asking = AskAsync(load, round);
                await Task.Delay(round / 4 * random.NextDouble(), Cancel);
                await bringAboutAsync(Cancel);
                await asking;
                await load.WaitForAsync((n + 1) * (int)round.TotalSeconds * JobsPerSecond, Cancel);
                resident.Add(steady.Host.ResidentBytes);
                connections.Add(proxy.Open);
                output.WriteLine(
                    $"{n + 1, 3}: {name}; {record.Accepted} accepted, {resident[^1] >> 20} MiB, "
                        + $"{connections[^1]} connections"
                );
            }
        }

        var verdict = await new LedgerCheck(record, steady.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(2), Cancel);
        verdict.AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, Cancel);
        AssertFlat(resident, MaxGrowth);
        AssertFlat(connections, MaxMoreConnections);
    }

    /// <summary>What a fault holds up is made up for after it.</summary>
    private static async Task AskAsync(Load load, TimeSpan round)
    {
        using var timer = new PeriodicTimer(Second);
        for (var left = round; left > TimeSpan.Zero; left -= Second)
        {
            load.Ask(JobsPerSecond);
            await timer.WaitForNextTickAsync(Cancel);
        }
    }

    /// <summary>The first third is the start: code that is compiled, pools that fill.</summary>
    private static void AssertFlat(List<long> figures, long tolerance)
    {
        var third = figures.Count / 3;
        var (middle, last) = (Median(figures[third..(2 * third)]), Median(figures[(2 * third)..]));
        Assert.InRange(last, 0, middle + tolerance);
    }

    private static long Median(List<long> figures) => figures.Order().ElementAt(figures.Count / 2);
}
