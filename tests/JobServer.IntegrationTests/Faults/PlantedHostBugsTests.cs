using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.Faults;

/// <summary>Bugs of a host that really runs and really goes down with them.</summary>
public sealed class PlantedHostBugsTests(StoppedCluster stopped, TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accept_that_is_answered_before_it_is_committed_is_found()
    {
        const int Jobs = 20;
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        // Commits are answered at once and written later, by nobody until the server goes down.
        await Sql.RunAsync(
            server.ConnectionString,
            Cancel,
            "alter system set wal_writer_delay = '10s'",
            "alter system set wal_writer_flush_after = '1GB'",
            "select pg_reload_conf()"
        );
        var hasty = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Options = "-c synchronous_commit=off",
        };
        await using var peer = await Peer.StartAsync();
        await using var early = await Node.StartAsync(hasty.ConnectionString, HostProcess.NoWorkers, Cancel);
        var record = new ClientRecord("hasty");
        var client = new Client(record, () => early.Host.Http, peer.Url);
        for (var n = 0; n < Jobs; n++)
            Assert.True(await client.SubmitAsync(record.Begin("fetch", 3, hasKey: false), 0, Cancel));

        await server.StopAtOnceAsync(Cancel);
        await server.StartAgainAsync(Cancel);
        await using var next = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var verdict = await new LedgerCheck(record, next.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(1), Cancel);

        Assert.Equal(Jobs, verdict.Acknowledged);
        Assert.Contains(verdict.Findings, found => found.EndsWith("the API answers 404", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Job_that_nobody_resumes_is_found()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var killed = await Node.StartAsync(database.ConnectionString, null, Cancel);
        var record = new ClientRecord("left");
        var client = new Client(record, () => killed.Host.Http, peer.Url);
        Assert.True(await client.SubmitAsync(record.Begin("fetch", 3, hasKey: false), 60_000, Cancel));
        await Until.TrueAsync(() => peer.Open == 3, Cancel);
        await killed.Host.KillAsync();
        await using var idle = await Node.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);

        var verdict = await new LedgerCheck(record, idle.Host.Http, peer).RunAsync(TimeSpan.Zero, Cancel);

        Assert.EndsWith("is running for ever", Assert.Single(verdict.Findings));
    }
}
