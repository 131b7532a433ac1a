using System.Diagnostics;
using JobServer.Jobs.Benchmark;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>A host that stalls for a second: the open model shows it, the closed model hides it.</summary>
public sealed class OpenLoadTests
{
    private const int Rate = 200;

    /// <summary>Requests that are served before the stall.</summary>
    private const int Before = 100;

    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    /// <summary>Those that can have more than one call under way.</summary>
    public static TheoryData<string> Names => ["io-async", "io-threads", "io-mixed"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_request_of_a_window_in_which_each_takes_a_second_is_a_second_slow(string strategy)
    {
        await using var bench = await RoundBench.StartAsync(maxConnections: 1000);
        var arrived = 0;
        var url = bench.Serve(
            "/page",
            http =>
                Interlocked.Increment(ref arrived) is > Before and <= Before + 100
                    ? WaitAsync(Stall, http)
                    : Task.CompletedTask
        );

        var round = await bench.MeasureAsync(RoundBench.Settings(strategy, 150, RoundBench.Open(Rate, 300), url));

        Assert.Equal((300, 0), (round.Units, round.Errors));
        Assert.InRange(RoundBench.Slower(round, 0.95), 100, 110);
        Assert.InRange(round.Latency!.Max, 1, 30);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task All_requests_due_in_a_stall_show_it_however_few_were_under_way(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var url = ServeStalling(bench);

        var round = await bench.MeasureAsync(RoundBench.Settings(strategy, 10, RoundBench.Open(Rate, 400), url));

        // Due so many seconds after the stall began, a call is answered when the rest of it is over.
        Assert.Equal((400, 10), (round.Units, bench.Peer.MostOpen));
        Assert.InRange(round.Latency!.Max, 1, 30);
        Assert.InRange(RoundBench.Slower(round, 0.5), 98, 400);
        Assert.InRange(RoundBench.Slower(round, 0.25), 148, 400);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Closed_load_shows_a_stall_only_in_the_calls_that_were_under_way(string strategy)
    {
        await using var bench = await RoundBench.StartAsync();
        var url = ServeStalling(bench);

        var round = await bench.MeasureAsync(RoundBench.Settings(strategy, 10, RoundBench.Closed(400), url));

        Assert.InRange(round.Latency!.Max, 0.95, 30);
        Assert.InRange(RoundBench.Slower(round, 0.5), 1, 10);
    }

    [Fact]
    public async Task Calls_are_spread_over_the_round_and_latency_counts_from_when_they_were_due()
    {
        await using var bench = await RoundBench.StartAsync();

        var round = await bench.MeasureAsync(
            RoundBench.Settings("io-async", 20, RoundBench.Open(Rate, 100), $"{bench.Peer.Url}/slow/40/1")
        );

        // The last one is due 99 intervals after the first, and none is answered much before its 40 ms: timers of
        // machines run early by some.
        Assert.InRange(round.Wall, 99.0 / Rate + 0.015, 60);
        Assert.Equal(100, RoundBench.Slower(round, 0.015));
        Assert.InRange(round.Throughput, 1, Rate);
    }

    [Fact]
    public async Task Calls_due_before_the_end_are_made_after_it_if_they_could_not_start()
    {
        await using var bench = await RoundBench.StartAsync();
        var load = new LoadSettings
        {
            Model = LoadModel.Open,
            Rate = 100,
            Duration = TimeSpan.FromMilliseconds(200),
            MaxRequests = 1000,
        };

        var round = await bench.MeasureAsync(
            RoundBench.Settings("io-sequential", 1, load, $"{bench.Peer.Url}/slow/50/1")
        );

        Assert.Equal(20, round.Units);
        Assert.InRange(round.Wall, 20 * 0.045, 60);
        // Nineteen calls of 50 ms went before the last, which was due after 190 ms.
        Assert.InRange(round.Latency!.Max, 20 * 0.045 - 0.19, 60);
    }

    /// <summary>A page that answers nobody from one request on, and everybody when the stall is over.</summary>
    private static string ServeStalling(RoundBench bench)
    {
        var arrived = 0;
        var began = 0L;
        return bench.Serve(
            "/page",
            http =>
            {
                var number = Interlocked.Increment(ref arrived);
                if (number == Before + 1)
                    Volatile.Write(ref began, Stopwatch.GetTimestamp());
                var since = Volatile.Read(ref began);
                return since == 0 || number <= Before
                    ? Task.CompletedTask
                    : WaitAsync(Stall - Stopwatch.GetElapsedTime(since), http);
            }
        );
    }

    /// <summary>Not a moment less, for what is asserted are lower bounds.</summary>
    private static async Task WaitAsync(TimeSpan time, HttpContext http)
    {
        var start = Stopwatch.GetTimestamp();
        for (var left = time; left > TimeSpan.Zero; left = time - Stopwatch.GetElapsedTime(start))
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), http.RequestAborted);
    }
}
