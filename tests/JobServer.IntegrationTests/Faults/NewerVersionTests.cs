using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>
/// A host beside one of a newer version, which has migrated the database further and accepted jobs of a kind, or with
/// arguments, that it does not know.
/// </summary>
public sealed class NewerVersionTests(TestCluster cluster, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fetch", "update jobserver.jobs set kind = 'crawl'", "update jobserver.jobs set kind = 'fetch'")]
    [InlineData("fetch", Add, Remove)]
    [InlineData("enrichment", Add, Remove)]
    public async Task Jobs_that_only_a_newer_host_knows_are_left_to_it_and_use_no_attempt_up(
        string kind,
        string makeNewer,
        string makeKnown
    )
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var node = await Node.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var record = new ClientRecord("newer");
        var client = new Client(record, () => node.Host.Http, peer.Url);
        var newer = record.Begin(kind, 3, hasKey: true);
        Assert.True(await client.SubmitAsync(newer, 0, Cancel));
        await ExecuteAsync(
            database,
            "insert into jobserver.migrations (scriptname, applied) values ('JobServer.9999_newer.sql', now())",
            makeNewer
        );
        await node.Host.KillAsync();
        await using var older = await Node.StartAsync(database.ConnectionString, null, Cancel);
        await database.WaitForAsync("select count(*) > 0 from hangfire.job where statename = 'Scheduled'", Cancel);

        // All else goes on, and it is shown as far as it is known.
        var known = record.Begin("fetch", 3, hasKey: false);
        Assert.True(await new Client(record, () => older.Host.Http, peer.Url).SubmitAsync(known, 0, Cancel));
        var jobs = new JobClient(older.Host.Http);
        Assert.Equal("succeeded", (await jobs.WaitForEndAsync(known.Id!, Cancel)).State());
        Assert.Equal("running", (await jobs.GetAsync(newer.Id!, Cancel)).State());
        using var list = await older.Host.Http.GetAsync("/v1/jobs", Cancel);
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);

        await ExecuteAsync(database, makeKnown);
        var verdict = await new LedgerCheck(record, older.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(1), Cancel);
        verdict.AssertWhole(output);
        Assert.Equal([1], verdict.Attempts.Keys);
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "select count(*) from hangfire.jobparameter where name = 'RetryCount'",
                Cancel
            )
        );
    }

    [Fact]
    public async Task Results_of_a_kind_that_only_a_newer_host_knows_are_refused_with_a_way_out()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var node = await Node.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(node.Host.Http);
        var id = (await jobs.SubmitAsync(new { urls = new[] { $"{peer.Url}/json/1" } }, Cancel)).Id();
        await jobs.WaitForEndAsync(id, Cancel);
        await ExecuteAsync(database, "update jobserver.jobs set kind = 'crawl'");

        using var answer = await node.Host.Http.GetAsync($"/v1/jobs/{id}/results", Cancel);

        var problem = await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "newer-job", Cancel);
        Assert.Contains("'crawl'", problem.ToString());
    }

    private const string Add = """
        update jobserver.jobs set args = replace(args::text, '"concurrency"', '"newer":1,"concurrency"')::json
        """;

    private const string Remove = """
        update jobserver.jobs set args = replace(args::text, '"newer":1,', '')::json
        """;

    private static Task ExecuteAsync(TestDatabase database, params string[] statements) =>
        Sql.RunAsync(database.ConnectionString, Cancel, statements);
}
