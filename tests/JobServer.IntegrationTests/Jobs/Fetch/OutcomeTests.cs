using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class OutcomeTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_PostgreSQL_cannot_store_fails_alone_and_its_neighbours_succeed()
    {
        byte[] notUtf8 = [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        var tooDeep = "["u8.ToArray().SelectMany(open => Enumerable.Repeat(open, 100_000)).ToArray();
        byte[] deep = [.. tooDeep, .. Enumerable.Repeat((byte)']', 100_000)];
        string[] urls =
        [
            .. Enumerable.Range(0, 40).Select(n => $"{running.Peer.Url}/json/{n}"),
            ServeJson(notUtf8),
            $"{running.Peer.Url}/json/41",
            ServeJson(deep),
            ServeJson("{\"a\":\"\\u0000\"}"u8.ToArray()),
        ];

        // All at once, so that they come to be recorded in one group.
        var lines = await running.FetchAsync(new { concurrency = 50, perHostConcurrency = 50 }, urls);

        Assert.Equal(
            [40, 42],
            lines.Where(line => line.ErrorCode() is not null).Select(line => line.GetProperty("seq").GetInt32())
        );
        Assert.All([lines[40], lines[42]], line => Assert.Equal("unstorable", line.ErrorCode()));
        Assert.All([lines[40], lines[42]], line => Assert.Equal("failed", line.GetProperty("state").GetString()));
        Assert.Equal("""{"a":"\u0000"}""", lines[43].Value("data").GetRawText());
    }

    [Theory]
    [InlineData(0, 0, "succeeded")]
    [InlineData(0, 1, "failed")]
    [InlineData(50, 2, "partially_succeeded")]
    [InlineData(50, 3, "failed")]
    [InlineData(100, 3, "partially_succeeded")]
    [InlineData(100, 4, "failed")]
    public async Task The_share_of_failed_items_decides_how_a_job_ends(
        int tolerateFailedPercent,
        int failed,
        string state
    )
    {
        var urls = Enumerable.Range(0, 4).Select(n => running.Peer.Url + (n < failed ? "/status/404" : $"/json/{n}"));

        var job = await running.Jobs.RunAsync(new { urls, options = new { tolerateFailedPercent } }, Cancel);

        Assert.Equal((state, failed, 4 - failed), (job.State(), job.Progress("failed"), job.Progress("succeeded")));
        Assert.Equal((4 - failed) / 4.0, job.GetProperty("progress").GetProperty("successRate").GetDouble());
    }

    [Fact]
    public async Task A_job_whose_deadline_passes_in_the_queue_expires_and_runs_nothing()
    {
        var gate = new TaskCompletionSource();
        var busy = running.Peer.Serve(http => gate.Task.WaitAsync(http.RequestAborted));
        var hanging = new { urls = new[] { busy }, options = new { itemTimeout = "00:10:00" } };
        // As many as the host has workers.
        for (var n = 0; n < 4; n++)
            await running.Jobs.SubmitAsync(hanging, Cancel);
        await running.Jobs.WaitForAsync(
            (await running.Jobs.SubmitAsync(new { urls = new[] { busy } }, Cancel)).Id(),
            _ => running.Peer.CallsOfUrl(busy) == 4,
            Cancel
        );
        var url = running.Peer.ServeStatuses(200);

        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var job = await running.Jobs.SubmitAsync(new { urls = new[] { url }, deadline }, Cancel);
        var end = await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
        gate.SetResult();

        Assert.Equal(("expired", 1), (end.State(), end.Progress("pending")));
        var line = Assert.Single(await running.Jobs.ResultsAsync(job.Id(), Cancel));
        Assert.Equal(("not_run", 0), (line.ErrorCode(), running.Peer.CallsOfUrl(url)));
    }

    private string ServeJson(byte[] body) =>
        running.Peer.Serve(http =>
        {
            http.Response.ContentType = "application/json";
            return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
        });
}
