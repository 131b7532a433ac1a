using System.Net;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Hosting;

namespace JobServer.IntegrationTests.Faults;

/// <summary>JOBSERVER_SOAK_OUTAGE says for how many seconds PostgreSQL is away; only as long as is asked about in the suite.</summary>
public sealed class DatabaseOutageTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

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
                    await EveryRoute.ExpectAwayAsync(node.Host, route, Cancel);
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

    private static async Task ProbeAsync(HostProcess host, string path, HttpStatusCode status)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(AnswerLimit);
        using var answer = await host.Http.GetAsync(path, limit.Token);
        Assert.Equal(status, answer.StatusCode);
    }
}
