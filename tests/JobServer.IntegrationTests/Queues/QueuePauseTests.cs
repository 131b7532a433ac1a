using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Queues;

public sealed class QueuePauseTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Jobs = 6;
    private const int Items = 300;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_paused_queue_with_a_backlog_stands_still_on_all_hosts_and_after_a_kill()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var one = new Dictionary<string, string> { ["Queues__fetch__Workers"] = "1" };
        var first = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
        await using var second = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
        try
        {
            var ids = new List<string>();
            for (var n = 0; n < Jobs; n++)
                ids.Add(await SubmitAsync(first, peer, n));
            await database.WaitForAsync("select count(*) = 2 from jobserver.lanes where running", Cancel);
            await database.WaitForAsync("select count(*) > 20 from jobserver.items", Cancel);

            var paused = await AskAsync(second, "pause");
            var asked = Stopwatch.GetTimestamp();
            Assert.NotEqual(JsonValueKind.Null, paused.GetProperty("pausedAt").ValueKind);
            await database.WaitForAsync("select not bool_or(running) from jobserver.lanes", Cancel);
            output.WriteLine($"lanes of two hosts had let go {Stopwatch.GetElapsedTime(asked)} after the answer");
            Assert.Equal(0, peer.Open);
            var calls = peer.Calls.Values.Sum();

            await first.KillAsync();
            await first.DisposeAsync();
            first = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
            // Other queues are served, and those who look from time to time have looked.
            await EnrichAsync(first);
            var jobs = new JobClient(first.Http);
            foreach (var (id, n) in ids.Select((id, n) => (id, n)))
                Assert.Equal(n < 2 ? "running" : "queued", (await jobs.GetAsync(id, Cancel)).State());
            Assert.Equal(calls, peer.Calls.Values.Sum());
            var queue = JsonElement.Parse(await first.Http.GetStringAsync("/v1/queues/fetch", Cancel));
            Assert.Equal(Jobs, queue.GetProperty("waiting").GetInt32());

            await AskAsync(first, "resume");
            foreach (var id in ids)
            {
                await jobs.WaitForEndAsync(id, Cancel);
                await database.AssertEachRecordedOnceAsync(id, Items, Cancel);
            }

            Assert.Equal(
                "0 0 0",
                await database.QueryAsync<string>(
                    """
                    select concat_ws(' ', sum(repairs), sum(duplicates_prevented),
                        (select count(*) from hangfire.jobparameter where name = 'RetryCount'))
                    from jobserver.jobs
                    """,
                    Cancel
                )
            );
        }
        finally
        {
            await first.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_queue_is_paused_once_and_its_jobs_can_be_cancelled_meanwhile()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var options = new { itemTimeout = "00:10:00" };
        var jobs = new JobClient(host.Http);
        var job = await jobs.SubmitAsync(new { urls = new[] { $"{peer.Url}/hang" }, options }, Cancel);
        await Until.TrueAsync(() => peer.Open == 1, Cancel);

        var first = await AskAsync(host, "pause");
        var second = await AskAsync(host, "pause");
        await Until.TrueAsync(() => peer.Open == 0, Cancel);
        await database.WaitForAsync("select not bool_or(running) from jobserver.lanes", Cancel);
        using var cancel = await host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", content: null, Cancel);
        var third = await AskAsync(host, "resume");

        Assert.Equal(first.GetProperty("pausedAt").GetString(), second.GetProperty("pausedAt").GetString());
        Assert.Equal(HttpStatusCode.OK, cancel.StatusCode);
        Assert.Equal(JsonValueKind.Null, third.GetProperty("pausedAt").ValueKind);
        Assert.Equal("cancelled", (await jobs.GetAsync(job.Id(), Cancel)).State());
        await jobs.RunAsync(new { urls = new[] { $"{peer.Url}/json/1" } }, Cancel);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Neither_an_unknown_queue_nor_that_of_the_server_itself_is_held(string verb)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);

        using var unknown = await host.Http.PostAsync($"/v1/queues/mail/{verb}", content: null, Cancel);
        using var system = await host.Http.PostAsync($"/v1/queues/system/{verb}", content: null, Cancel);

        await unknown.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-queue", Cancel);
        await system.ReadProblemAsync(HttpStatusCode.Conflict, "system-queue", Cancel);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from jobserver.queues", Cancel));
    }

    private static async Task<string> SubmitAsync(HostProcess host, Peer peer, int job)
    {
        var urls = Enumerable
            .Range(0, Items)
            .Select(n => $"{peer.Url}/slow/{(n == 50 ? 900 : 50)}/{(job * Items) + n}");
        return (await new JobClient(host.Http).SubmitAsync(new { urls }, Cancel)).Id();
    }

    private static async Task EnrichAsync(HostProcess host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/enrichment");
        request.Headers.Add("Prefer", "wait=60");
        request.Content = JsonContent.Create(
            new { input = new { records = new[] { new { n = 1 } } }, steps = new[] { new { type = "processedAt" } } }
        );
        using var response = await host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<JsonElement> AskAsync(HostProcess host, string verb)
    {
        using var response = await host.Http.PostAsync($"/v1/queues/fetch/{verb}", content: null, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
