using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class DeferralTests(RunningHost running) : IClassFixture<RunningHost>
{
    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Retry_After_puts_an_item_off_at_no_attempts_cost(int status)
    {
        var url = ServeRetryAfter(status, "1", times: 2);

        var line = Assert.Single(await running.FetchAsync(Budget("00:01:00", maxAttempts: 1), url));

        Assert.Equal(("succeeded", 1), (line.GetProperty("state").GetString(), line.Attempts()));
        Assert.Equal(3, running.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task Retry_After_may_be_a_date()
    {
        var url = ServeRetryAfter(503, null, times: 1);

        var line = Assert.Single(await running.FetchAsync(Budget("00:01:00", maxAttempts: 1), url));

        Assert.Equal(("succeeded", 1), (line.GetProperty("state").GetString(), line.Attempts()));
    }

    [Theory]
    [InlineData(429, "http_429")]
    [InlineData(503, "http_503")]
    public async Task Retry_After_beyond_the_longest_delay_fails_at_once(int status, string code)
    {
        var url = ServeRetryAfter(status, "3600", times: int.MaxValue);

        var line = Assert.Single(await running.FetchAsync(Budget("00:00:05", maxAttempts: 5), url));

        Assert.Equal((code, 1), (line.ErrorCode(), line.Attempts()));
        Assert.Equal(1, running.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task All_deferrals_of_an_item_share_one_budget()
    {
        var url = ServeRetryAfter(429, "1", times: int.MaxValue);

        var line = Assert.Single(await running.FetchAsync(Budget("00:00:02", maxAttempts: 5), url));

        // Two waits of a second fit, a third does not.
        Assert.Equal(("http_429", 1), (line.ErrorCode(), line.Attempts()));
        Assert.Equal(3, running.Peer.CallsOfUrl(url));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("99999999999999999999")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT")]
    public async Task A_Retry_After_that_says_nothing_leaves_the_retry_to_its_own_delays(string value)
    {
        var url = ServeRetryAfter(503, value, times: 1);

        var line = Assert.Single(await running.FetchAsync(FetchScenario.Quick(), url));

        Assert.Equal(("succeeded", 2), (line.GetProperty("state").GetString(), line.Attempts()));
    }

    [Fact]
    public async Task Deferred_items_hold_no_slot()
    {
        var deferred = ServeRetryAfter(429, "3000", times: int.MaxValue);
        string[] urls = [.. Enumerable.Repeat(deferred, 5), $"{running.Peer.Url}/json/1"];
        var retry = new { maxDelay = "01:00:00" };
        var cancel = TestContext.Current.CancellationToken;
        var job = await running.Jobs.SubmitAsync(new { urls, options = new { concurrency = 1, retry } }, cancel);

        await running.Jobs.WaitForAsync(job.Id(), now => now.Progress("succeeded") == 1, cancel);

        await running.CancelAsync(job.Id());
    }

    private static object Budget(string maxDelay, int maxAttempts) =>
        new
        {
            retry = new
            {
                maxAttempts,
                baseDelay = "00:00:00.010",
                maxDelay,
            },
        };

    /// <param name="retryAfter">Null gives a date some seconds ahead.</param>
    private string ServeRetryAfter(int status, string? retryAfter, int times)
    {
        var calls = 0;
        return running.Peer.Serve(http =>
        {
            if (Interlocked.Increment(ref calls) <= times)
            {
                http.Response.StatusCode = status;
                http.Response.Headers.RetryAfter =
                    retryAfter ?? TimeProvider.System.GetUtcNow().AddSeconds(3).ToString("R");
            }

            return http.Response.CompleteAsync();
        });
    }
}
