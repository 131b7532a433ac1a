using JobServer.Jobs.Benchmark;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>What rounds make of pages that do not always answer the same.</summary>
public sealed class AnswerTests
{
    public static TheoryData<string> Names => RoundBench.IoStrategies;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Page_that_changes_its_answer_fails_the_round(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var calls = 0;
        var url = bench.Serve("/page", http => http.Response.WriteAsync($"{Interlocked.Increment(ref calls) / 50}"));
        var settings = RoundBench.Settings(strategy, 4, null, $"{bench.Peer.Url}/json/1", url);

        var failure = await bench.FailAsync(settings with { Load = RoundBench.Closed(200) });

        Assert.Equal("results_differ", failure.Code);
        Assert.Contains(url, failure.Detail, StringComparison.Ordinal);
        Assert.Equal(new Uri(url).Authority, failure.Host);
        Assert.Equal(200, (await bench.MeasureAsync(Checked(settings, AnswerCheck.Status))).Units);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_success_is_another_answer(bool withBody)
    {
        await using var bench = await RoundBench.StartAsync();
        var calls = 0;
        var url = bench.Serve(
            "/page",
            http =>
            {
                http.Response.StatusCode = Interlocked.Increment(ref calls) > 50 ? 202 : 200;
                return Task.CompletedTask;
            }
        );

        var check = withBody ? AnswerCheck.Body : AnswerCheck.Status;

        var failure = await bench.FailAsync(Checked(RoundBench.Settings("io-async", 4, null, url), check));

        Assert.Equal("results_differ", failure.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)] // too long to be kept
    public async Task Rounds_are_held_to_what_the_warm_up_saw(int length)
    {
        await using var bench = await RoundBench.StartAsync();
        var text = new string('a', length) + "before";
        var url = bench.Serve("/page", http => http.Response.WriteAsync(text));
        var settings = RoundBench.Settings("io-async", 4, null, url);
        var runner = bench.Runner(settings);

        await runner.WarmUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, bench.Peer.CallsOf("/page"));
        Assert.True((await RoundBench.RunAsync(runner, "io-async")).IsMeasured);
        text = new string('a', length) + "after!";

        Assert.Equal("results_differ", (await RoundBench.RunAsync(runner, "io-async")).Failure?.Code);
        // Another run knows nothing of that.
        Assert.True((await bench.RunAsync(settings)).IsMeasured);
    }

    [Fact]
    public async Task Failures_are_no_answers_to_compare()
    {
        await using var bench = await RoundBench.StartAsync();
        var calls = 0;
        var url = bench.Serve(
            "/page",
            http =>
            {
                var call = Interlocked.Increment(ref calls);
                http.Response.StatusCode = call % 3 == 0 ? 404 : 200;
                return http.Response.WriteAsync(call % 3 == 0 ? $"no {call}" : "yes");
            }
        );

        var round = await bench.MeasureAsync(RoundBench.Settings("io-async", 1, RoundBench.Closed(90), url));

        Assert.Equal((60, 30), (round.Units, round.Errors));
    }

    [Fact]
    public async Task Round_without_a_success_fails_with_its_most_frequent_code()
    {
        await using var bench = await RoundBench.StartAsync();
        string[] urls = ["/status/404", "/status/410", "/status/404"];

        var failure = await bench.FailAsync(
            RoundBench.Settings("io-async", 4, RoundBench.Closed(30), [.. urls.Select(path => bench.Peer.Url + path)])
        );

        Assert.Equal(
            ("http_404", "None of the 30 calls succeeded. Most often: The host answered 404 Not Found."),
            (failure.Code, failure.Detail)
        );
    }

    private static BenchmarkSettings Checked(BenchmarkSettings settings, AnswerCheck check) =>
        settings with
        {
            Load = RoundBench.Closed(200),
            Check = check,
        };
}
