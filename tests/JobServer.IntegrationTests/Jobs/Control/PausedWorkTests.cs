using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Benchmark;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Control;

public sealed class PausedWorkTests(TestCluster cluster, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_on_two_hosts_stands_still_while_paused_also_over_restarts_and_ends_whole()
    {
        const int Items = 3000;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var one = new Dictionary<string, string> { ["Queues__fetch__Workers"] = "1" };
        var first = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
        var second = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
        try
        {
            var id = await SubmitAsync(first, peer, Items);
            await database.WaitForAsync("select count(*) = 2 from jobserver.lanes where running", Cancel);
            await database.WaitForAsync("select count(*) > 100 from jobserver.items", Cancel);

            await AskAsync(second, id, "pause");
            var asked = Stopwatch.GetTimestamp();
            var last = await LastCallAsync(database, peer);
            output.WriteLine($"last call to the peer {Stopwatch.GetElapsedTime(asked, last)} after the answer");
            output.WriteLine($"lanes of two hosts had let go {Stopwatch.GetElapsedTime(asked)} after the answer");
            Assert.Equal(0, peer.Open);
            var calls = peer.Calls.Values.Sum();
            var recorded = await database.QueryAsync<long>("select count(*) from jobserver.items", Cancel);

            await first.KillAsync();
            Assert.Equal(0, await second.StopAsync(Cancel));
            await first.DisposeAsync();
            await second.DisposeAsync();
            first = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
            second = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
            // The hosts are at work, and the reconciler has looked: others run, this one does not.
            await new JobClient(first.Http).RunAsync(new { urls = new[] { $"{peer.Url}/other" } }, Cancel);
            Assert.Equal("paused", (await new JobClient(first.Http).GetAsync(id, Cancel)).State());
            Assert.Equal(calls + 1, peer.Calls.Values.Sum());
            Assert.Equal(
                recorded,
                await database.QueryAsync<long>($"select count(*) from jobserver.items where job_id = '{id}'", Cancel)
            );

            await AskAsync(first, id, "resume");
            await new JobClient(second.Http).WaitForEndAsync(id, Cancel);
            await database.AssertEachRecordedOnceAsync(id, Items, Cancel);
            await AssertNoTroubleAsync(database, id);
        }
        finally
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }

    [Fact]
    public async Task Storms_of_pauses_and_resumes_lose_nothing_and_repeat_nothing_recorded()
    {
        const int Items = 2000;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var first = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await using var second = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var id = await SubmitAsync(first, peer, Items);
        var pauses = 0;
        while ((await new JobClient(first.Http).GetAsync(id, Cancel)).State() != "succeeded")
        {
            var (asked, other) = random.Next(2) == 0 ? (first, second) : (second, first);
            using var pause = await asked.Http.PostAsync($"/v1/jobs/{id}/pause", null, Cancel);
            pauses += pause.IsSuccessStatusCode ? 1 : 0;
            await Task.Delay(random.Next(3) == 0 ? random.Next(0, 700) : random.Next(0, 30), Cancel);
            using var resume = await other.Http.PostAsync($"/v1/jobs/{id}/resume", null, Cancel);
            await Task.Delay(random.Next(3) == 0 ? random.Next(0, 400) : random.Next(0, 30), Cancel);
        }

        await database.AssertEachRecordedOnceAsync(id, Items, Cancel);
        await AssertNoTroubleAsync(database, id);
        output.WriteLine($"{pauses} pauses, {peer.Calls.Values.Sum()} calls for {Items} items");
    }

    [Fact]
    public async Task A_pause_stops_an_enrichment_and_a_resume_ends_it_whole()
    {
        const int Records = 4000;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var step = new
        {
            type = "lookup",
            url = peer.Url + "/slow/20/{n}",
            into = "found",
        };
        var records = Enumerable.Range(0, Records).Select(n => new { n });
        using var submitted = await host.Http.PostAsJsonAsync(
            "/v1/jobs/enrichment",
            new
            {
                input = new { records },
                steps = new[] { step },
                batchSize = 20,
            },
            Cancel
        );
        var id = (await submitted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
        await database.WaitForAsync("select succeeded > 0 from jobserver.jobs", Cancel);

        await AskAsync(host, id, "pause");
        await database.WaitForAsync("select not bool_or(running) from jobserver.lanes", Cancel);
        Assert.Equal(0, peer.Open);
        var calls = peer.Calls.Values.Sum();
        var paused = await new JobClient(host.Http).GetAsync(id, Cancel);
        Assert.InRange(paused.Progress("succeeded"), 1, Records - 1);
        await AskAsync(host, id, "resume");
        var ended = await new JobClient(host.Http).WaitForEndAsync(id, Cancel);

        Assert.Equal(("succeeded", Records), (ended.State(), ended.Progress("succeeded")));
        Assert.True(calls < peer.Calls.Values.Sum());
        Assert.Equal(Records, (await new JobClient(host.Http).ResultsAsync(id, Cancel)).Count);
        await AssertNoTroubleAsync(database, id);
    }

    [Fact]
    public async Task A_paused_benchmark_goes_on_with_the_rounds_it_has_not_run()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        // Nothing is answered from the fourth round on until the job is resumed.
        var (calls, resumed) = (0, new TaskCompletionSource());
        var page = peer.Serve(async http =>
        {
            if (Interlocked.Increment(ref calls) > 3)
                await resumed.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("same", http.RequestAborted);
        });
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var id = await host.Http.CompareAsync(
            new
            {
                strategies = new[] { "io-sequential", "io-threads" },
                urls = new[] { page },
                rounds = 5,
                warmup = 0,
                options = new { itemTimeout = "00:05:00" },
            }
        );
        await database.WaitForAsync("select count(*) = 3 from jobserver.items", Cancel);

        await AskAsync(host, id, "pause");
        await database.WaitForAsync("select not bool_or(running) from jobserver.lanes", Cancel);
        var paused = await new JobClient(host.Http).GetAsync(id, Cancel);
        Assert.Equal(("paused", 3), (paused.State(), paused.Progress("succeeded")));
        resumed.SetResult();
        await AskAsync(host, id, "resume");
        await new JobClient(host.Http).WaitForEndAsync(id, Cancel);

        await database.AssertEachRecordedOnceAsync(id, 10, Cancel);
        // Those recorded, the one that was broken off, and the rest.
        Assert.Equal(3 + 1 + 7, calls);
        await AssertNoTroubleAsync(database, id);
    }

    private static async Task<string> SubmitAsync(HostProcess host, Peer peer, int items)
    {
        var urls = Enumerable
            .Range(0, items)
            .Select(n => $"{peer.Url}/slow/{(n % 100 == 0 ? 900 : 20 + (n % 50))}/{n}");
        // Two lanes. Some items outlast the grace of a pause.
        var options = new { concurrency = 101, perHostConcurrency = 16 };
        return (await new JobClient(host.Http).SubmitAsync(new { urls, options }, Cancel)).Id();
    }

    /// <summary>Waits until no lane runs; when the peer was last seen to have a new call by then.</summary>
    private static async Task<long> LastCallAsync(TestDatabase database, Peer peer)
    {
        var (calls, last) = (peer.Calls.Values.Sum(), Stopwatch.GetTimestamp());
        while (await database.QueryAsync<bool>("select bool_or(running) from jobserver.lanes", Cancel))
        {
            if (peer.Calls.Values.Sum() is var now && now != calls)
                (calls, last) = (now, Stopwatch.GetTimestamp());
        }

        return last;
    }

    private static async Task AskAsync(HostProcess host, string id, string verb)
    {
        using var response = await host.Http.PostAsync($"/v1/jobs/{id}/{verb}", content: null, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>No lane was retried or repaired, none was fenced, and no chunk counts as stalled.</summary>
    private static async Task AssertNoTroubleAsync(TestDatabase database, string id) =>
        Assert.Equal(
            "0 0 0 0",
            await database.QueryAsync<string>(
                $"""
                select concat_ws(' ', repairs, duplicates_prevented,
                    (select count(*) from hangfire.jobparameter where name = 'RetryCount'),
                    (select max(stalls) from jobserver.chunks where job_id = id))
                from jobserver.jobs where id = '{id}'
                """,
                Cancel
            )
        );
}
