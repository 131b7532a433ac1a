using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>Hosts whose clocks are a quarter of an hour off. What is due, dead or late is told by the database's clock.</summary>
public sealed class WrongClockTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Jobs = 60;

    private static readonly string[] Places =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib64/faketime/libfaketime.so.1",
        "/usr/lib/faketime/libfaketime.so.1",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_ahead_and_behind_lose_and_double_nothing_and_start_nothing_early_or_late()
    {
        var library = Array.Find(Places, File.Exists);
        Assert.SkipUnless(library is not null, "Needs libfaketime (apt-get install libfaketime).");
        var seed = Seed.Print(output);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var ahead = await Node.StartAsync(database.ConnectionString, Clock(library, "+15m"), Cancel);
        await using var behind = await Node.StartAsync(database.ConnectionString, Clock(library, "-15m"), Cancel);
        Node[] nodes = [ahead, behind];
        Assert.InRange(await OffsetAsync(ahead), TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(16));
        Assert.InRange(await OffsetAsync(behind), TimeSpan.FromMinutes(-16), TimeSpan.FromMinutes(-14));
        var startAt = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var later = new List<(Node Node, string Id)>();
        foreach (var node in nodes)
        {
            var body = new { urls = new[] { $"{peer.Url}/json/1" }, startAt };
            later.Add((node, (await new JobClient(node.Host.Http).SubmitAsync(body, Cancel)).Id()));
        }

        var record = new ClientRecord("clock");
        var turn = 0;
        HttpClient Host() => nodes[Interlocked.Increment(ref turn) % 2].Host.Http;
        await using (var load = new Load(record, Host, peer.Url, seed))
        {
            load.Ask(Jobs);
            await load.WaitForAsync(Jobs, Cancel);
        }

        var verdict = await new LedgerCheck(record, ahead.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(1), Cancel);
        verdict.AssertWhole(output);
        Assert.Equal([1], verdict.Attempts.Keys);
        foreach (var (node, id) in later)
        {
            var job = await new JobClient(node.Host.Http).WaitForEndAsync(id, Cancel);
            Assert.Equal("succeeded", job.State());
            Assert.True(job.GetProperty("startedAt").GetDateTimeOffset() >= startAt, job.ToString());
        }

        await HangfireRows.AssertAtRestAsync(database.ConnectionString, Cancel);
    }

    private static Dictionary<string, string> Clock(string library, string offset) =>
        new()
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME"] = offset,
            // A clock that is wrong goes as fast as any.
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        };

    /// <summary>By how much the host's clock is ahead of ours.</summary>
    private static async Task<TimeSpan> OffsetAsync(Node node)
    {
        using var answer = await node.Host.Http.GetAsync("/health/live", Cancel);
        return answer.Headers.Date!.Value - TimeProvider.System.GetUtcNow();
    }
}
