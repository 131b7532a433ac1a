using System.Net;
using System.Text;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Hosting;

namespace JobServer.IntegrationTests.Faults;

/// <summary>JOBSERVER_SOAK_OUTAGE says for how many seconds PostgreSQL is away; only as long as is asked about in the suite.</summary>
public sealed class DatabaseOutageTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private const string Fetch = """{"urls": ["http://127.0.0.1:9/"]}""";
    private const string Enrichment = """{"input": {"records": [{"n": 1}]}, "steps": [{"type": "processedAt"}]}""";
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    // What can be answered by the process alone.
    private static readonly HashSet<string> NeedNoDatabase =
    [
        "GET /v1/hosts",
        "GET /v1/sample",
        "POST /v1/jobs/enrichment/plan",
    ];

    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["POST /v1/jobs/fetch"] = Fetch,
        ["POST /v1/jobs/enrichment"] = Enrichment,
        ["POST /v1/jobs/enrichment/plan"] = Enrichment,
        ["POST /v1/jobs/benchmark"] = """{"strategies": ["cpu-sequential"], "numbers": 10, "rounds": 2}""",
        ["PUT /v1/schedules/{id}"] = $$"""{"cron": "@daily", "kind": "fetch", "args": {{Fetch}}}""",
        ["POST /v1/files"] = """[{"n": 1}]""",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_it_is_stopped_every_endpoint_says_so_and_afterwards_all_goes_on_by_itself()
    {
        var seed = Seed.Print(output);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var peer = await Peer.StartAsync();
        var routes = await MappedRoutes.ReadAsync(server.ConnectionString, Cancel);
        await using var node = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var record = new ClientRecord("stopped");
        await using (var load = new Load(record, () => node.Host.Http, peer.Url, seed))
        {
            load.Ask(200);
            await load.WaitForAsync(100, Cancel);

            await server.StopAtOnceAsync(Cancel);
            var ends = Task.Delay(TimeSpan.FromSeconds(Fast.Times("JOBSERVER_SOAK_OUTAGE", inSuite: 0)), Cancel);
            do
            {
                await ProbeAsync(node.Host, "/health/live", HttpStatusCode.OK);
                await ProbeAsync(node.Host, "/health/ready", HttpStatusCode.ServiceUnavailable);
                foreach (var route in routes.Where(route => route.Contains(" /v1/", StringComparison.Ordinal)))
                    await ExpectAwayAsync(node.Host, route);
            } while (await Task.WhenAny(ends, Task.Delay(TimeSpan.FromSeconds(1), Cancel)) != ends);

            await server.StartAgainAsync(Cancel);
            await load.WaitForAsync(200, Cancel);
        }

        await ProbeAsync(node.Host, "/health/ready", HttpStatusCode.OK);
        var verdict = await new LedgerCheck(record, node.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(2), Cancel);
        verdict.AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, Cancel);
        // What was refused meanwhile has left nothing behind.
        Assert.Equal(
            0,
            await Sql.AskAsync<long>(server.ConnectionString, "select count(*) from jobserver.schedules", Cancel)
        );
        Assert.Equal(
            verdict.Acknowledged + verdict.Unacknowledged,
            await Sql.AskAsync<long>(server.ConnectionString, "select count(*) from jobserver.jobs", Cancel)
        );
    }

    private static async Task ExpectAwayAsync(HostProcess host, string route)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(route);
        var parts = route.Split(' ');
        var path = parts[1]
            .Replace("schedules/{id}", "schedules/nightly", StringComparison.Ordinal)
            .Replace("{id}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
            .Replace("{name}", "fetch", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Parse(parts[0]), path);
        if (Bodies.TryGetValue(route, out var body))
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(AnswerLimit);
        using var answer = await host.Http.SendAsync(request, limit.Token);
        if (NeedNoDatabase.Contains(route))
        {
            Assert.True(answer.IsSuccessStatusCode, $"{route}: {answer.StatusCode}");
            return;
        }

        var said = $"{route}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(limit.Token)}";
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, said);
        await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable", limit.Token);
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero, said);
    }

    private static async Task ProbeAsync(HostProcess host, string path, HttpStatusCode status)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(AnswerLimit);
        using var answer = await host.Http.GetAsync(path, limit.Token);
        Assert.Equal(status, answer.StatusCode);
    }
}
