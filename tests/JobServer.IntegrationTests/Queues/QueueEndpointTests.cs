using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Queues;

public sealed class QueueEndpointTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_tells_what_runs_and_what_waits_while_its_workers_are_busy()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await StartAsync(database, workers: 2);
        var jobs = new JobClient(host.Http);
        var hanging = new { urls = new[] { $"{peer.Url}/hang" }, options = new { itemTimeout = "00:10:00" } };
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
            ids.Add((await jobs.SubmitAsync(hanging, Cancel)).Id());

        var busy = await WaitForAsync(host, queue => Count(queue, "running") == 2);

        Assert.Equal((3, 2, 1), (Count(busy, "waiting"), Count(busy, "workers"), Count(busy, "servers")));
        Assert.True(TimeSpan.Parse(busy.GetProperty("oldestAge").GetString()!) > TimeSpan.Zero);
        foreach (var id in ids)
        {
            using var cancelled = await host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);
        }

        var idle = await WaitForAsync(host, queue => Count(queue, "running") + Count(queue, "waiting") == 0);
        Assert.Equal(JsonValueKind.Null, idle.GetProperty("oldestAge").ValueKind);
    }

    [Fact]
    public async Task A_queue_without_workers_keeps_what_is_accepted()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await StartAsync(database, workers: 0);
        var job = await new JobClient(host.Http).SubmitAsync(new { urls = new[] { "http://127.0.0.1:9/" } }, Cancel);

        var queue = await ReadAsync(host);

        Assert.Equal((1, 0, 0), (Count(queue, "waiting"), Count(queue, "running"), Count(queue, "workers")));
        Assert.Equal("queued", (await new JobClient(host.Http).GetAsync(job.Id(), Cancel)).State());
        var all = JsonElement.Parse(await host.Http.GetStringAsync("/v1/queues", Cancel)).GetProperty("data");
        Assert.Equal(
            ["benchmark", "enrichment", "fetch", "system"],
            all.EnumerateArray().Select(one => one.GetProperty("name").GetString())
        );
        using var unknown = await host.Http.GetAsync("/v1/queues/mail", Cancel);
        var problem = await unknown.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-queue", Cancel);
        Assert.Equal("Queues: benchmark, enrichment, fetch, system.", problem.GetProperty("detail").GetString());
    }

    private static Task<HostProcess> StartAsync(TestDatabase database, int workers) =>
        HostProcess.StartAsync(
            database.ConnectionString,
            new Dictionary<string, string> { ["Queues__fetch__Workers"] = $"{workers}" },
            Cancel
        );

    private static int Count(JsonElement queue, string member) => queue.GetProperty(member).GetInt32();

    private static async Task<JsonElement> ReadAsync(HostProcess host) =>
        JsonElement.Parse(await host.Http.GetStringAsync("/v1/queues/fetch", Cancel));

    private static async Task<JsonElement> WaitForAsync(HostProcess host, Func<JsonElement, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            var queue = await ReadAsync(host);
            if (condition(queue))
                return queue;
            await Task.Delay(50, limit.Token);
        }
    }
}
