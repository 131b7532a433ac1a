using System.Diagnostics;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Control;

/// <summary>How soon control reaches the sockets of a peer that never answers; shown, and held to nothing but the limit of all waits.</summary>
public sealed class ControlLatencyTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Runs = 10;
    private const int Items = 20;

    private readonly Dictionary<string, List<double>> _figures = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Control_of_a_job_and_of_its_queue_reaches_the_sockets()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var here = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await using var there = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        for (var run = 0; run < Runs; run++)
        {
            var id = await StartAsync(here, peer);
            await MeasureAsync("cancel here", here, $"jobs/{id}/cancel", peer, open: 0);
            id = await StartAsync(here, peer);
            await MeasureAsync("pause at another node", there, $"jobs/{id}/pause", peer, open: 0);
            await MeasureAsync("resume at another node", there, $"jobs/{id}/resume", peer, open: Items);
            await MeasureAsync("pause the queue at another node", there, "queues/fetch/pause", peer, open: 0);
            await MeasureAsync("resume the queue at another node", there, "queues/fetch/resume", peer, open: Items);
            await MeasureAsync("cancel at another node", there, $"jobs/{id}/cancel", peer, open: 0);
        }

        foreach (var (what, figures) in _figures)
        {
            figures.Sort();
            output.WriteLine($"{what}: median {figures[Runs / 2]:0} ms, longest {figures[^1]:0} ms of {Runs} runs");
        }
    }

    private static async Task<string> StartAsync(HostProcess host, Peer peer)
    {
        var urls = Enumerable.Range(0, Items).Select(n => $"{peer.Url}/hang?{n}");
        var options = new
        {
            itemTimeout = "00:10:00",
            concurrency = Items,
            perHostConcurrency = Items,
        };
        var job = await new JobClient(host.Http).SubmitAsync(new { urls, options }, Cancel);
        await Until.TrueAsync(() => peer.Open == Items, Cancel);
        return job.Id();
    }

    /// <summary>Asks, and waits until so many requests are open at the peer.</summary>
    private async Task MeasureAsync(string what, HostProcess host, string path, Peer peer, int open)
    {
        var asked = Stopwatch.GetTimestamp();
        using var response = await host.Http.PostAsync($"/v1/{path}", content: null, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        await Until.TrueAsync(() => peer.Open == open, Cancel);
        if (!_figures.TryGetValue(what, out var figures))
            _figures[what] = figures = [];
        figures.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
    }
}
