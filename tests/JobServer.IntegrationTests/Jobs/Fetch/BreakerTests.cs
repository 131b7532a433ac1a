using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class BreakerTests(RunningHost running) : IClassFixture<RunningHost>
{
    // The breaker of a host opens at half of at least so many calls failed.
    private const int Calls = 50;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failing_host_is_left_alone_and_others_are_not_affected()
    {
        await using var failing = await Peer.StartAsync();
        var urls = Enumerable
            .Range(0, 2 * Calls)
            .SelectMany(n => new[] { $"{failing.Url}/status/500", $"{running.Peer.Url}/json/{n}" });

        var lines = await running.FetchAsync(One("00:00:01"), urls);

        Assert.Equal(Calls, failing.CallsOf("/status/500"));
        var failed = lines.Where((_, seq) => seq % 2 == 0).CountBy(line => line.ErrorCode() ?? "none");
        Assert.Equal([new("http_500", Calls), new("circuit_open", Calls)], failed);
        Assert.All(lines.Where((_, seq) => seq % 2 == 1), line => Assert.Null(line.ErrorCode()));
        Assert.NotEqual("closed", await BreakerAsync(failing));
        Assert.Equal("closed", await BreakerAsync(running.Peer));
    }

    [Fact]
    public async Task An_open_breaker_puts_items_off_at_no_attempts_cost_until_the_host_is_back()
    {
        await using var failing = await Peer.StartAsync();
        var calls = 0;
        var url = failing.Serve(http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref calls) <= Calls ? 500 : 200;
            return http.Response.CompleteAsync();
        });

        var lines = await running.FetchAsync(One("00:01:00"), Enumerable.Repeat(url, Calls + 20));

        Assert.Equal(Calls + 20, failing.CallsOfUrl(url));
        Assert.All(lines[..Calls], line => Assert.Equal("http_500", line.ErrorCode()));
        Assert.All(lines[Calls..], line => Assert.Equal((null, 1), (line.ErrorCode(), line.Attempts())));
        Assert.Equal("closed", await BreakerAsync(failing));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    public async Task Answers_of_a_host_that_works_do_not_open_its_breaker(int status)
    {
        await using var working = await Peer.StartAsync();

        var lines = await running.FetchAsync(
            One("00:00:01"),
            Enumerable.Repeat($"{working.Url}/status/{status}", 2 * Calls)
        );

        Assert.Equal(2 * Calls, working.CallsOf($"/status/{status}"));
        Assert.All(lines, line => Assert.Equal($"http_{status}", line.ErrorCode()));
        Assert.Equal("closed", await BreakerAsync(working));
    }

    /// <summary>One at a time, so that it is known which call opens the breaker; one attempt each.</summary>
    private static object One(string maxDelay) => new { concurrency = 1, retry = new { maxAttempts = 1, maxDelay } };

    private async Task<string?> BreakerAsync(Peer peer)
    {
        var hosts = JsonElement.Parse(await running.Host.Http.GetStringAsync("/v1/hosts", Cancel));
        return hosts
            .GetProperty("data")
            .EnumerateArray()
            .Single(host => host.GetProperty("authority").GetString() == peer.Url)
            .GetProperty("state")
            .GetString();
    }
}
