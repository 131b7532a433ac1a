using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Jobs.Events;
using JobServer.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace JobServer.IntegrationTests.Jobs.Events;

public sealed class LogTests(RunningHost running, TestCluster cluster) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_read_in_pages_oldest_first()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
        Assert.Equal($"/v1/jobs/{job.Id()}/log", job.GetProperty("links").GetProperty("log").GetString());

        var first = await GetAsync(running.Host, $"{job.Id()}/log?limit=2");
        var second = await GetAsync(
            running.Host,
            $"{job.Id()}/log?limit=2&after={first.GetProperty("nextCursor").GetString()}"
        );

        Assert.Equal(["state queued", "state running"], Entries(first));
        Assert.Equal(["state succeeded"], Entries(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        Assert.Equal("info", second.GetProperty("data")[0].GetProperty("level").GetString());
    }

    [Fact]
    public async Task Bad_parameters_are_all_named_and_an_unknown_job_is_not_found()
    {
        const string unknown = "01999999-0000-7000-8000-000000000000";

        using var invalid = await running.Host.Http.GetAsync($"/v1/jobs/{unknown}/log?limit=501&after=-1", Cancel);
        using var missing = await running.Host.Http.GetAsync($"/v1/jobs/{unknown}/log", Cancel);

        var problem = await invalid.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["limit", "after"], problem.Fields());
        await missing.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
    }

    [Fact]
    public async Task Faults_of_ours_are_in_it()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var accepting = await HostProcess.StartAsync(
            database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        var urls = new[] { $"{running.Peer.Url}/json/1" };
        var id = (await new JobClient(accepting.Http).SubmitAsync(new { urls }, Cancel)).Id();
        await database.ExecuteAsync("delete from hangfire.jobqueue; delete from hangfire.job", Cancel);
        await database.WaitForAsync("select repairs = 1 from jobserver.jobs", Cancel);
        await database.ExecuteAsync("update jobserver.chunks set input = '{}'", Cancel);

        await using var working = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await database.WaitForAsync("select count(*) > 0 from jobserver.job_log where event = 'lane_failed'", Cancel);

        var log = await GetAsync(working, $"{id}/log");
        var entries = Entries(log).Take(4).ToList();
        Assert.Equal("state queued", entries[0]);
        Assert.Equal("lane_repaired Lane 0 was enqueued again: its Hangfire job was missing.", entries[1]);
        Assert.Equal("state running", entries[2]);
        Assert.StartsWith("lane_failed Lane 0: ", entries[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_that_were_given_up_are_in_it()
    {
        var options = new { itemTimeout = "00:05:00", jobTimeout = "00:00:01" };
        var urls = new[] { $"{running.Peer.Url}/hang?log" };
        var id = (await running.Jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await running.Jobs.WaitForEndAsync(id, Cancel);
        // Written once the end is.
        await running.Database.WaitForAsync(
            $"select count(*) = 1 from jobserver.job_log where job_id = '{id}' and event = 'items_given_up'",
            Cancel
        );

        var log = await GetAsync(running.Host, $"{id}/log");
        Assert.Contains(
            "items_given_up 1 items failed with timeout: The job's time was up before this item was done.",
            Entries(log)
        );
    }

    [Fact]
    public async Task It_holds_a_thousand_entries_beside_states_and_no_secrets()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var submission = new { urls = new[] { "http://127.0.0.1:1/" } };
        var id = (await new JobClient(host.Http).SubmitAsync(submission, Cancel)).Id();
        await database.ExecuteAsync(
            $"insert into jobserver.job_log (job_id, event) select '{id}', 'item_defect' from generate_series(1, 998)",
            Cancel
        );
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var history = new JobHistory(new LogStore(source), NullLogger<JobHistory>.Instance);
        var lane = new LaneKey(new JobKey(JobKey.DefaultTenant, Guid.Parse(id)), 0);

        for (var fault = 0; fault < 4; fault++)
            await history.LaneFailedAsync(lane, new InvalidOperationException("Host=db;Password=hunter2;x"));
        // Of a job that is gone nothing is kept, and nobody minds.
        await history.LaneFencedAsync(new LaneKey(new JobKey(JobKey.DefaultTenant, Guid.NewGuid()), 0), prevented: 1);
        using var cancelled = await host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);

        var counts = await database.QueryAsync<string>(
            "select concat_ws(' ', count(*) filter (where event <> 'state'), count(*) filter (where event = 'state')) "
                + "from jobserver.job_log",
            Cancel
        );
        Assert.Equal("1000 2", counts);
        var failed = await database.QueryAsync<string>(
            "select detail from jobserver.job_log where event = 'lane_failed' limit 1",
            Cancel
        );
        Assert.Equal("Lane 0: InvalidOperationException: Host=db;Password=***;x", failed);
    }

    private static Task<JsonElement> GetAsync(HostProcess host, string path) =>
        host.Http.GetFromJsonAsync<JsonElement>($"/v1/jobs/{path}", Cancel);

    private static IEnumerable<string> Entries(JsonElement page) =>
        page.GetProperty("data")
            .EnumerateArray()
            .Select(entry => $"{entry.GetProperty("event").GetString()} {entry.GetProperty("detail").GetString()}");
}
