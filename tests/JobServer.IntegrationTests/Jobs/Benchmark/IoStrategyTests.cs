using JobServer.IntegrationTests.Fixtures;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class IoStrategyTests
{
    public static TheoryData<string> Names => RoundBench.IoStrategies;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Exactly_the_calls_asked_for_are_made_over_the_urls_in_turn(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        string[] paths = ["/json/1", "/json/2", "/json/3"];
        var urls = paths.Select(path => bench.Peer.Url + path).ToArray();

        var round = await bench.MeasureAsync(RoundBench.Settings(strategy, 7, RoundBench.Closed(100), urls));

        Assert.Equal([34, 33, 33], paths.Select(bench.Peer.CallsOf));
        Assert.Equal((100, 0, 100), (round.Units, round.Errors, round.Latency!.Count));
        Assert.Null(round.ErrorCodes);
        Assert.Equal((strategy, "io", 0, ""), (round.Strategy, round.Family, round.Block, round.Run));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task As_many_calls_as_allowed_are_under_way_and_not_one_more(string strategy)
    {
        const int Concurrency = 13;
        await using var bench = await RoundBench.StartAsync();
        var most = StrategyTypes.Find(strategy)!.HasConcurrency ? Concurrency : 1;
        var gate = new TaskCompletionSource();
        var url = ServeGated(bench, gate.Task);

        var run = bench.MeasureAsync(RoundBench.Settings(strategy, Concurrency, RoundBench.Closed(100), url));
        await Until.TrueAsync(() => bench.Peer.Open >= most, Cancel);
        gate.SetResult();
        await run;

        Assert.Equal(most, bench.Peer.MostOpen);
        Assert.Equal(100, bench.Peer.CallsOf("/gate"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Open_calls_are_as_many_at_once_as_allowed_however_many_are_due(string strategy)
    {
        const int Concurrency = 5;
        await using var bench = await RoundBench.StartAsync();
        var most = StrategyTypes.Find(strategy)!.HasConcurrency ? Concurrency : 1;
        var gate = new TaskCompletionSource();
        var url = ServeGated(bench, gate.Task);

        var run = bench.MeasureAsync(RoundBench.Settings(strategy, Concurrency, RoundBench.Open(100_000, 100), url));
        await Until.TrueAsync(() => bench.Peer.Open >= most, Cancel);
        gate.SetResult();
        var round = await run;

        Assert.Equal(most, bench.Peer.MostOpen);
        Assert.Equal((100, 100), (round.Units, bench.Peer.CallsOf("/gate")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Round_of_a_duration_starts_calls_until_that_is_over(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var load = new LoadSettings { Duration = TimeSpan.FromMilliseconds(300), MaxRequests = 1_000_000 };

        var round = await bench.MeasureAsync(RoundBench.Settings(strategy, 2, load, $"{bench.Peer.Url}/slow/5/1"));

        Assert.InRange(round.Wall, 0.3, 60);
        Assert.InRange(round.Units, 1, 2 * 60 * 1000);
        Assert.Equal(bench.Peer.CallsOf("/slow/5/1"), round.Units);
        Assert.Equal(
            10,
            (
                await bench.MeasureAsync(
                    RoundBench.Settings(strategy, 2, load with { MaxRequests = 10 }, $"{bench.Peer.Url}/json/1")
                )
            ).Units
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Calls_that_fail_are_counted_by_code_and_their_latency_with_the_others(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var moved = bench.Serve(
            "/moved",
            http =>
            {
                http.Response.Redirect("/json/1");
                return Task.CompletedTask;
            }
        );
        var large = bench.Serve("/large", http => http.Response.Body.WriteAsync(new byte[2000], Cancel).AsTask());
        var settings = RoundBench.Settings(
            strategy,
            3,
            RoundBench.Closed(40),
            $"{bench.Peer.Url}/json/1",
            $"{bench.Peer.Url}/status/404",
            moved,
            large
        );

        var round = await bench.MeasureAsync(settings with { MaxBodyBytes = 1999 });

        Assert.Equal((10, 30, 40), (round.Units, round.Errors, round.Latency!.Count));
        Assert.Equal(
            [("body_too_large", 10), ("http_302", 10), ("http_404", 10)],
            round.ErrorCodes!.OrderBy(error => error.Key).Select(error => (error.Key, error.Value))
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_that_takes_too_long_is_a_timeout_wherever_it_stalls(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var stalls = bench.Serve(
            "/stalls",
            async http =>
            {
                http.Response.ContentLength = 100;
                await http.Response.Body.WriteAsync(new byte[50], Cancel);
                await http.Response.Body.FlushAsync(Cancel);
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
            }
        );
        var settings = RoundBench.Settings(strategy, 4, RoundBench.Closed(4), $"{bench.Peer.Url}/hang", stalls);

        var failure = await bench.FailAsync(settings with { ItemTimeout = TimeSpan.FromMilliseconds(150) });

        Assert.Equal("timeout", failure.Code);
        Assert.StartsWith("None of the 4 calls succeeded.", failure.Detail, StringComparison.Ordinal);
        Assert.Equal(new Uri(bench.Peer.Url).Authority, failure.Host);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Host_that_fails_is_left_alone_by_its_breaker(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        string[] paths = ["/json/1", "/status/502", "/status/503"];
        var settings = RoundBench.Settings(
            strategy,
            3,
            RoundBench.Closed(300),
            [.. paths.Select(path => bench.Peer.Url + path)]
        );

        var round = await bench.MeasureAsync(settings);

        // From the 50th call on, half of which failed: two of three do, so that one that is late does not count.
        var called = paths.Sum(bench.Peer.CallsOf);
        Assert.InRange(called, 50, 60);
        Assert.Equal(300 - called, round.ErrorCodes!["circuit_open"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Cancellation_ends_a_round_whose_calls_hang(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var stalls = bench.Serve(
            "/stalls",
            async http =>
            {
                http.Response.ContentLength = 100;
                await http.Response.Body.WriteAsync(new byte[50], Cancel);
                await http.Response.Body.FlushAsync(Cancel);
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
            }
        );
        foreach (var url in new[] { stalls, $"{bench.Peer.Url}/hang" })
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var settings = RoundBench.Settings(strategy, 3, RoundBench.Closed(10), url) with
            {
                ItemTimeout = TimeSpan.FromMinutes(10),
            };

            var run = bench.Runner(settings).RunAsync(strategy, 0, stop.Token);
            await Until.TrueAsync(() => bench.Peer.Open > 0, Cancel);
            await stop.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                run.WaitAsync(TimeSpan.FromSeconds(10), Cancel)
            );
            await Until.TrueAsync(() => bench.Peer.Open == 0, Cancel);
        }
    }

    [Fact]
    public async Task Mixed_calls_hold_threads_of_the_pool_while_their_bodies_are_not_there()
    {
        const int Concurrency = 4;
        await using var bench = await RoundBench.StartAsync();
        var gate = new TaskCompletionSource();
        var url = bench.Serve(
            "/late",
            async http =>
            {
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await gate.Task.WaitAsync(http.RequestAborted);
            }
        );

        var run = bench.MeasureAsync(RoundBench.Settings("io-mixed", Concurrency, RoundBench.Closed(20), url));
        await Until.TrueAsync(() => BusyThreads() >= Concurrency, Cancel);
        gate.SetResult();

        Assert.Equal(20, (await run).Units);

        static int BusyThreads()
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.GetAvailableThreads(out var free, out _);
            return most - free;
        }
    }

    /// <summary>A page that holds its calls until the gate opens, and each a little longer, for the others to come.</summary>
    private static string ServeGated(RoundBench bench, Task gate) =>
        bench.Serve(
            "/gate",
            async http =>
            {
                await gate.WaitAsync(http.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(10), http.RequestAborted);
            }
        );
}
