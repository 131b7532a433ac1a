using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.Hosting;

public sealed class DatabaseAwayTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_database_is_away_the_host_says_so_and_afterwards_it_works_as_before()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(host.Http);
        var submission = new { urls = new[] { $"{peer.Url}/json/1" } };
        var before = await jobs.RunAsync(submission, Cancel);
        await ProbeAsync(host, "/health/ready", HttpStatusCode.OK, "ready");

        await AllowConnectionsAsync(database, allow: false);
        await ProbeAsync(host, "/health/ready", HttpStatusCode.ServiceUnavailable, "not_ready");
        await ProbeAsync(host, "/health/live", HttpStatusCode.OK, "live");
        using var post = await host.Http.PostAsJsonAsync("/v1/jobs/fetch", submission, Cancel);
        using var waiting = await PostAndWaitAsync(host, submission);
        using var invalid = await host.Http.PostAsJsonAsync("/v1/jobs/fetch", new { urls = "none" }, Cancel);
        string[] paths =
        [
            "",
            $"/{before.Id()}",
            $"/{before.Id()}/results",
            $"/{before.Id()}/errors",
            $"/{before.Id()}/log",
            $"/{before.Id()}/events",
        ];
        foreach (var path in paths)
        {
            using var read = await host.Http.GetAsync($"/v1/jobs{path}", Cancel);
            await ExpectAwayAsync(read);
        }

        using var queues = await host.Http.GetAsync("/v1/queues", Cancel);
        using var cancelled = await host.Http.PostAsync($"/v1/jobs/{before.Id()}/cancel", content: null, Cancel);
        using var erased = await host.Http.DeleteAsync($"/v1/jobs/{before.Id()}", Cancel);
        await AllowConnectionsAsync(database, allow: true);

        foreach (var refused in new[] { post, waiting, queues, cancelled, erased })
            await ExpectAwayAsync(refused);
        // What is wrong with a request can be said without the database.
        await invalid.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        await ProbeAsync(host, "/health/ready", HttpStatusCode.OK, "ready");
        var after = await jobs.SubmitAsync(submission, Cancel);
        Assert.Equal("succeeded", (await jobs.WaitForEndAsync(after.Id(), Cancel)).State());
        Assert.Equal("succeeded", (await jobs.GetAsync(before.Id(), Cancel)).State());
        Assert.Equal(2, (await WrittenRows.CountAsync(database, Cancel)).Jobs);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_away_until_it_is_back()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var submission = new { urls = new[] { "http://127.0.0.1:9/" } };

        await AllowConnectionsAsync(database, allow: false);
        await ExecuteAsync(database, "alter database {0} rename to {0}_gone");
        // The first ones meet the pool's broken connections, the later ones cannot connect anew.
        var posts = new List<HttpResponseMessage>();
        for (var n = 0; n < 30; n++)
            posts.Add(await host.Http.PostAsJsonAsync("/v1/jobs/fetch", submission, Cancel));
        using var ready = await host.Http.GetAsync("/health/ready", Cancel);
        await ExecuteAsync(database, "alter database {0}_gone rename to {0}");
        await AllowConnectionsAsync(database, allow: true);

        foreach (var post in posts)
        {
            using (post)
                await ExpectAwayAsync(post);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        await new JobClient(host.Http).SubmitAsync(submission, Cancel);
    }

    [Fact]
    public async Task A_database_that_only_reads_accepts_nothing_and_is_away()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        await ExecuteAsync(database, "alter database {0} set default_transaction_read_only = on");
        await AllowConnectionsAsync(database, allow: true);

        using var post = await host.Http.PostAsJsonAsync(
            "/v1/jobs/fetch",
            new { urls = new[] { "http://127.0.0.1:9/" } },
            Cancel
        );

        await ExpectAwayAsync(post);
    }

    [Fact]
    public async Task A_job_that_runs_while_connections_break_loses_and_repeats_no_result()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(host.Http);
        var gate = new TaskCompletionSource();
        peer.Answers["/gate"] = http => gate.Task.WaitAsync(http.RequestAborted);
        var urls = Enumerable.Repeat($"{peer.Url}/gate", 300);
        var options = new
        {
            concurrency = 100,
            perHostConcurrency = 100,
            itemTimeout = "00:10:00",
        };
        var job = await jobs.SubmitAsync(new { urls, options }, Cancel);
        await jobs.WaitForAsync(job.Id(), _ => peer.Open == 100, Cancel);

        await AllowConnectionsAsync(database, allow: false);
        gate.SetResult();
        await AllowConnectionsAsync(database, allow: true);

        var end = await jobs.WaitForEndAsync(job.Id(), Cancel);
        Assert.Equal(("succeeded", 300), (end.State(), end.Progress("succeeded")));
        Assert.Equal(300, (await jobs.ResultsAsync(job.Id(), Cancel)).Count);
    }

    [Fact]
    public async Task Lanes_that_read_records_while_connections_break_go_on_by_themselves()
    {
        const int Rows = 200_000;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        using var csv = new StringContent("n\n" + string.Concat(Enumerable.Range(0, Rows).Select(n => $"{n}\n")));
        using var uploaded = await host.Http.PostAsync("/v1/files", csv, Cancel);
        var submission = new
        {
            input = new { fileId = (await uploaded.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id() },
            steps = new[] { new { type = "score", field = "n" } },
            batchSize = 50,
        };
        using var accepted = await host.Http.PostAsJsonAsync("/v1/jobs/enrichment", submission, Cancel);
        var jobs = new JobClient(host.Http);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();

        await jobs.WaitForAsync(id, job => job.Progress("succeeded") > 0, Cancel);
        await AllowConnectionsAsync(database, allow: false);
        await AllowConnectionsAsync(database, allow: true);

        var end = await jobs.WaitForEndAsync(id, Cancel);
        Assert.Equal(("succeeded", Rows), (end.State(), end.Progress("succeeded")));
        Assert.Equal(Rows, (await jobs.ResultsAsync(id, Cancel)).Count);
        Assert.DoesNotMatch("Lane .* failed", host.Log);
    }

    private static async Task ExpectAwayAsync(HttpResponseMessage response)
    {
        await response.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable", Cancel);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static async Task ProbeAsync(HostProcess host, string path, HttpStatusCode status, string said)
    {
        using var response = await host.Http.GetAsync(path, Cancel);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal($$"""{"status":"{{said}}"}""", await response.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<HttpResponseMessage> PostAndWaitAsync(HostProcess host, object submission)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        request.Headers.Add("Prefer", "wait=60");
        request.Content = JsonContent.Create(submission);
        return await host.Http.SendAsync(request, Cancel);
    }

    /// <summary>Breaks every connection there is; later ones are refused or not.</summary>
    private static Task AllowConnectionsAsync(TestDatabase database, bool allow) =>
        ExecuteAsync(
            database,
            $"alter database {{0}} with allow_connections {allow}",
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{0}'"
        );

    private static async Task ExecuteAsync(TestDatabase database, params IEnumerable<string> statements)
    {
        var administration = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Database = "postgres",
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(administration.ConnectionString);
        await connection.OpenAsync(Cancel);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(string.Format(statement, database.Name), connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
