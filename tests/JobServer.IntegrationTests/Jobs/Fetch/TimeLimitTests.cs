using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class TimeLimitTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_item_that_takes_too_long_fails_with_timeout_after_its_attempts()
    {
        var url = running.Peer.Serve(http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted));
        var options = new { itemTimeout = "00:00:01", retry = new { maxAttempts = 2, baseDelay = "00:00:00" } };

        var lines = await running.FetchAsync(options, url, $"{running.Peer.Url}/json/1");

        Assert.Equal(("timeout", 2), (lines[0].ErrorCode(), lines[0].Attempts()));
        Assert.Equal(2, running.Peer.CallsOfUrl(url));
        Assert.Null(lines[1].ErrorCode());
    }

    [Fact]
    public async Task A_body_that_never_ends_fails_with_timeout()
    {
        var url = running.Peer.Serve(async http =>
        {
            await http.Response.Body.WriteAsync("begun"u8.ToArray(), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        });
        var options = new { itemTimeout = "00:00:00.300", retry = new { maxAttempts = 1 } };

        var line = Assert.Single(await running.FetchAsync(options, url));

        Assert.Equal(("timeout", 1), (line.ErrorCode(), line.Attempts()));
    }

    [Fact]
    public async Task A_timeout_bounds_one_attempt_and_not_the_waits_between()
    {
        var url = running.Peer.ServeStatuses(500, 200);
        var options = new { itemTimeout = "00:00:02", retry = new { maxAttempts = 2, baseDelay = "00:00:04" } };

        var line = Assert.Single(await running.FetchAsync(options, url));

        Assert.Equal((null, 2), (line.ErrorCode(), line.Attempts()));
    }

    [Fact]
    public async Task The_time_of_a_job_keeps_what_is_done_and_fails_the_rest_with_timeout()
    {
        string[] paths = ["/json/0", "/hang", "/json/2", "/hang"];
        var options = new { jobTimeout = "00:00:03", itemTimeout = "00:10:00" };
        var urls = paths.Select(path => running.Peer.Url + path);

        var job = await running.Jobs.SubmitAsync(new { urls, options }, Cancel);
        var end = await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        Assert.Equal(("partially_succeeded", 2, 2), (end.State(), end.Progress("succeeded"), end.Progress("failed")));
        Assert.Equal("timeout", end.ErrorCode());
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal([null, "timeout", null, "timeout"], lines.Select(line => line.ErrorCode()));
        Assert.Equal("The job's time was up before this item was done.", lines[1].Detail());
    }

    [Fact]
    public async Task The_time_of_a_job_also_ends_items_that_never_started()
    {
        var urls = Enumerable.Repeat($"{running.Peer.Url}/hang", 250);
        var options = new
        {
            concurrency = 2,
            jobTimeout = "00:00:03",
            itemTimeout = "00:10:00",
        };

        var lines = await running.FetchAsync(options, urls);

        Assert.Equal(250, lines.Count);
        Assert.All(lines, line => Assert.Equal("timeout", line.ErrorCode()));
    }
}
