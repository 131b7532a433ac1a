using System.Net.Http.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class AcceptTests(TestCluster cluster, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_callers_accepting_at_once_all_succeed()
    {
        const int each = 25;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(host.Http);

        var ids = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async caller =>
                {
                    var own = new List<string>();
                    for (var n = 0; n < each; n++)
                        own.Add((await jobs.SubmitAsync(new { urls = new[] { $"{peer.Url}/json/{n}" } }, Cancel)).Id());
                    return own;
                })
        );

        Assert.Equal(8 * each, ids.SelectMany(own => own).Distinct().Count());
        await database.WaitForAsync(
            $"select count(*) = {8 * each} from jobserver.jobs where state = 'succeeded'",
            Cancel
        );
        Assert.Equal((long)8 * each, await database.QueryAsync<long>("select count(*) from hangfire.job", Cancel));
    }

    [Fact]
    public async Task Accept_that_fails_at_hangfires_rows_leaves_nothing_on_either_side()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await database.ExecuteAsync(
            "alter table hangfire.jobqueue add constraint full_up check (false) not valid",
            Cancel
        );

        using var response = await host.Http.PostAsJsonAsync(
            "/v1/jobs/fetch",
            new { urls = new[] { "http://127.0.0.1:1/" } },
            Cancel
        );

        Assert.False(response.IsSuccessStatusCode);
        var rows = await database.QueryAsync<string>(
            """
            select concat_ws(' ', (select count(*) from jobserver.jobs), (select count(*) from jobserver.chunks),
                (select count(*) from jobserver.lanes), (select count(*) from hangfire.job),
                (select count(*) from hangfire.state), (select count(*) from hangfire.jobqueue))
            """,
            Cancel
        );
        Assert.Equal("0 0 0 0 0 0", rows);
    }

    [Fact]
    public async Task Hundred_thousand_urls_run_in_bounded_memory_and_hangfire_holds_ids_only()
    {
        const int items = 100_000;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(host.Http);
        var urls = Enumerable.Range(0, items).Select(n => $"{peer.Url}/json/{n}").ToArray();
        var options = new { concurrency = 50, perHostConcurrency = 50 };

        var id = (await jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await jobs.WaitForEndAsync(id, Cancel);

        await database.AssertEachRecordedOnceAsync(id, items, Cancel);
        Assert.Equal(items, (await jobs.ResultsAsync(id, Cancel)).Count);
        var peak = host.PeakResidentBytes >> 20;
        output.WriteLine($"peak RSS {peak} MiB");
        Assert.InRange(peak, 1, 400);
        Assert.Equal(
            0L,
            await database.QueryAsync<long>(
                "select count(*) from hangfire.job where invocationdata::text || arguments::text like '%127.0.0.1%'",
                Cancel
            )
        );
    }
}
