using JobServer.IntegrationTests.Fixtures;
using static JobServer.IntegrationTests.Jobs.Fetch.FetchScenario;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class RetryTests(RunningHost running) : IClassFixture<RunningHost>, IAsyncLifetime
{
    // Each test has its own, for the failures of one would open the breaker of another.
    private Peer _peer = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new[] { 503, 200 }, 2)]
    [InlineData(new[] { 500, 408, 200 }, 3)]
    [InlineData(new[] { 429, 502, 204 }, 3)]
    public async Task A_passing_fault_is_tried_again(int[] statuses, int attempts)
    {
        var url = _peer.ServeStatuses(statuses);

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal("succeeded", line.GetProperty("state").GetString());
        Assert.Equal((attempts, attempts), (line.Attempts(), _peer.CallsOfUrl(url)));
    }

    [Theory]
    [InlineData(500, "http_500", "The host answered 500 Internal Server Error.")]
    [InlineData(503, "http_503", "The host answered 503 Service Unavailable.")]
    [InlineData(429, "http_429", "The host answered 429 Too Many Requests.")]
    public async Task The_last_attempt_decides(int status, string code, string detail)
    {
        var url = _peer.ServeStatuses(status);

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal((code, detail), (line.ErrorCode(), line.Detail()));
        Assert.Equal((3, 3), (line.Attempts(), _peer.CallsOfUrl(url)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(304)]
    public async Task An_answer_is_no_fault_and_is_not_tried_again(int status)
    {
        var url = _peer.ServeStatuses(status, 200);

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal(($"http_{status}", 1), (line.ErrorCode(), line.Attempts()));
        Assert.Equal(1, _peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task One_attempt_is_exactly_one_call()
    {
        var url = _peer.ServeStatuses(503, 200);

        var line = Assert.Single(await running.FetchAsync(Quick(maxAttempts: 1), url));

        Assert.Equal(("http_503", 1), (line.ErrorCode(), line.Attempts()));
        Assert.Equal(1, _peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task Waiting_for_a_retry_holds_no_slot()
    {
        var failing = _peer.ServeStatuses(500);
        string[] urls =
        [
            .. Enumerable.Repeat(failing, 20),
            .. Enumerable.Range(0, 20).Select(n => $"{_peer.Url}/json/{n}"),
        ];
        var options = new
        {
            concurrency = 1,
            retry = new
            {
                maxAttempts = 2,
                baseDelay = "01:00:00",
                maxDelay = "01:00:00",
            },
        };

        // The wait of the first twenty is an hour: the others would never end behind them.
        var job = await running.Jobs.SubmitAsync(new { urls, options }, Cancel);
        var reached = await running.Jobs.WaitForAsync(job.Id(), now => now.Progress("succeeded") == 20, Cancel);

        Assert.Equal(("running", 20), (reached.State(), reached.Progress("pending")));
        Assert.Equal(20, _peer.CallsOfUrl(failing));
        await running.CancelAsync(job.Id());
    }

    [Fact]
    public async Task A_job_that_waits_for_retries_can_be_cancelled()
    {
        var failing = _peer.ServeStatuses(500);
        var retry = new { baseDelay = "01:00:00", maxDelay = "01:00:00" };
        var job = await running.Jobs.SubmitAsync(new { urls = new[] { failing }, options = new { retry } }, Cancel);
        await running.Jobs.WaitForAsync(job.Id(), _ => _peer.CallsOfUrl(failing) == 1, Cancel);

        await running.CancelAsync(job.Id());

        var line = Assert.Single(await running.Jobs.ResultsAsync(job.Id(), Cancel));
        Assert.Equal("not_run", line.ErrorCode());
    }

    public async ValueTask InitializeAsync() => _peer = await Peer.StartAsync();

    public ValueTask DisposeAsync() => _peer.DisposeAsync();
}
