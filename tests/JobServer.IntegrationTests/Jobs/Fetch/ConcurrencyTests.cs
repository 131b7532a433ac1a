using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class ConcurrencyTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(10, 4, 4)]
    [InlineData(250, 250, 250)]
    [InlineData(250, 7, 7)]
    public async Task A_jobs_limits_hold_exactly_at_the_peer(int concurrency, int perHost, int most)
    {
        await using var peer = await Peer.StartAsync();
        var gate = new TaskCompletionSource();
        var url = peer.Serve(http => gate.Task.WaitAsync(http.RequestAborted));
        var options = new
        {
            concurrency,
            perHostConcurrency = perHost,
            itemTimeout = "00:10:00",
        };

        var job = await running.Jobs.SubmitAsync(
            new { urls = Enumerable.Repeat(url, 3 * most + 400), options },
            Cancel
        );
        // All slots are taken, and every lane has had its turn: more would have come by now or come as the gate opens.
        await running.Jobs.WaitForAsync(job.Id(), _ => peer.Open >= most, Cancel);
        gate.SetResult();
        var end = await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        Assert.Equal("succeeded", end.State());
        Assert.Equal(most, peer.MostOpen);
        Assert.Equal(3 * most + 400, peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task Hosts_share_the_slots_of_a_job_and_each_has_its_own_limit()
    {
        await using var first = await Peer.StartAsync();
        await using var second = await Peer.StartAsync();
        var gate = new TaskCompletionSource();
        var urls = Enumerable.Repeat(new[] { first, second }, 40).SelectMany(peers => peers.Select(Gated));
        var options = new
        {
            concurrency = 6,
            perHostConcurrency = 3,
            itemTimeout = "00:10:00",
        };

        var job = await running.Jobs.SubmitAsync(new { urls, options }, Cancel);
        await running.Jobs.WaitForAsync(job.Id(), _ => first.Open == 3 && second.Open == 3, Cancel);
        gate.SetResult();
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        Assert.Equal((3, 3), (first.MostOpen, second.MostOpen));

        string Gated(Peer peer)
        {
            peer.Answers["/gate"] = http => gate.Task.WaitAsync(http.RequestAborted);
            return $"{peer.Url}/gate";
        }
    }
}
