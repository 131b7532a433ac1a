using System.Diagnostics;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Cpu;
using JobServer.Jobs.Benchmark.Strategies.Delay;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class RoundRunnerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_strategy_is_run_for_the_settings_it_is_named_in()
    {
        await using var bench = await RoundBench.StartAsync();
        var settings = RoundBench.Settings("", 1, RoundBench.Closed(20), $"{bench.Peer.Url}/json/1") with
        {
            Strategies = [.. StrategyTypes.Names.Select(name => new StrategySettings($"my {name}", name, 3))],
            Numbers = 300,
            Delays = 7,
            Delay = TimeSpan.FromMilliseconds(2),
            Warmup = 2,
        };
        var runner = bench.Runner(settings);

        await runner.WarmUpAsync(Cancel);
        Assert.Equal(2 * 4 * 20, bench.Peer.CallsOf("/json/1"));
        foreach (var strategy in StrategyTypes.All)
        {
            var round = (await RoundBench.RunAsync(runner, $"my {strategy.Name}", block: 5)).Round!;

            Assert.Equal(($"my {strategy.Name}", strategy.Family, 5), (round.Strategy, round.Family, round.Block));
            Assert.Equal(Units(strategy.Family), round.Units);
            Assert.Equal(strategy.Family == Families.Cpu, round.Latency is null);
            Assert.InRange(round.Wall, 1e-7, 60);
            Assert.Equal(round.Units / round.Wall, round.Throughput);
        }

        static long Units(string family) =>
            family switch
            {
                Families.Io => 20,
                Families.Cpu => 300,
                _ => 7,
            };
    }

    [Fact]
    public async Task Threads_of_a_strategy_are_seen_in_its_round()
    {
        await using var bench = await RoundBench.StartAsync();
        var url = $"{bench.Peer.Url}/slow/50/1";
        using var process = Process.GetCurrentProcess();
        var before = process.Threads.Count;

        var round = await bench.MeasureAsync(RoundBench.Settings("io-threads", 100, RoundBench.Closed(300), url));

        // Pool threads of other tests come and go meanwhile.
        Assert.InRange(round.PeakThreads, before + 20, 10_000);
    }

    [Fact]
    public async Task Delays_one_after_the_other_take_as_long_as_they_are_together()
    {
        await using var bench = await RoundBench.StartAsync();
        var settings = RoundBench.Settings("delay-sequential", 1, null) with
        {
            Delays = 30,
            Delay = TimeSpan.FromMilliseconds(5),
        };

        var round = await bench.MeasureAsync(settings);

        Assert.InRange(round.Wall, 0.15, 60);
        Assert.InRange(round.Latency!.P50, 0.005, 60);
        Assert.Equal(30, round.Latency.Count);
    }

    [Fact]
    public async Task Strategy_of_the_callers_own_stands_for_a_contender()
    {
        await using var bench = await RoundBench.StartAsync();
        var settings = RoundBench.Settings("mine", 4, null) with { Delays = 3, Delay = TimeSpan.FromMilliseconds(1) };
        var runner = new RoundRunner(
            settings,
            [new Contender(settings.Strategies[0], new Lazy(new DelaySequential()))],
            bench.Services
        );

        var round = (await RoundBench.RunAsync(runner, "mine")).Round!;

        Assert.Equal(3, round.Units);
        Assert.InRange(round.Wall, 0.1, 60);
    }

    [Fact]
    public async Task Strategy_that_comes_to_another_sum_fails_its_round()
    {
        await using var bench = await RoundBench.StartAsync();
        var settings = RoundBench.Settings("wrong", 1, null);
        var runner = new RoundRunner(settings, [new Contender(settings.Strategies[0], new Wrong())], bench.Services);

        var failure = (await RoundBench.RunAsync(runner, "wrong")).Failure!;

        Assert.Equal(("results_differ", null), (failure.Code, failure.Host));
    }

    [Fact]
    public async Task Cancelled_warm_up_ends()
    {
        await using var bench = await RoundBench.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var settings = RoundBench.Settings("delay-sequential", 1, null) with { Delay = TimeSpan.FromHours(1) };

        var run = bench.Runner(settings).WarmUpAsync(stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    /// <summary>Another strategy, and a tenth of a second.</summary>
    private sealed class Lazy(IStrategy<DelayWork> inner) : IStrategy<DelayWork>
    {
        public string Name => "delay-lazy";

        public bool HasConcurrency => inner.HasConcurrency;

        public async Task RunAsync(DelayWork work, int concurrency, CancellationToken cancellationToken)
        {
            await inner.RunAsync(work, concurrency, cancellationToken);
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.1)
                await Task.Delay(5, cancellationToken);
        }
    }

    private sealed class Wrong : IStrategy<CpuWork>
    {
        public string Name => "cpu-wrong";

        public bool HasConcurrency => false;

        public Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
        {
            work.Add(CpuWork.SumOf(CpuSlice.All(work) with { First = 3 }, cancellationToken));
            return Task.CompletedTask;
        }
    }
}
