using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs.Benchmark.Report;

/// <summary>Settings, rounds and reports of benchmark jobs that nobody has run.</summary>
internal static class Bench
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    public static readonly RunEnvironment Machine = new(
        "A processor",
        Cores: 4,
        MemoryBytes: 8L << 30,
        Limits: null,
        "An operating system",
        "X64",
        ".NET",
        "server, concurrent",
        MinPoolThreads: 4,
        "256 bit",
        TimerResolution: 1e-9,
        "0.1.0",
        "one"
    );

    /// <summary>Each strategy under its own name, 10 at once, 8 rounds each, the first of a family as its baseline.</summary>
    public static BenchmarkSettings Settings(params string[] strategies) =>
        new()
        {
            Strategies = [.. strategies.Select(name => new StrategySettings(name, name, 10))],
            Urls = ["http://a/"],
            Load = new LoadSettings { Requests = 100, MaxRequests = 100 },
            Rounds = 8,
            Baselines = strategies.GroupBy(Families.Of).ToDictionary(family => family.Key, family => family.First()),
            Seed = 1,
            JobTimeout = TimeSpan.FromHours(1),
        };

    /// <summary>The rounds of a plan in the order of the submission, up to the first that is not there.</summary>
    /// <param name="measure">What came of the round of a contender in a block; null for a failed one.</param>
    public static IEnumerable<RecordedRound> Rounds(BenchmarkSettings settings, Func<string, int, Round?> measure)
    {
        var seq = 0;
        for (var block = 0; block < settings.Rounds; block++)
        {
            foreach (var strategy in settings.Strategies)
            {
                var round = measure(strategy.Name, block);
                var error = round is null ? "connect_failed" : null;
                yield return new RecordedRound(seq++, block, strategy.Name, round, error, error);
            }
        }
    }

    /// <summary>A second of 100 units on this machine, unless told otherwise.</summary>
    public static Round Round(string strategy, int block, double throughput = 100, params double[] latencies) =>
        new()
        {
            Strategy = strategy,
            Family = Families.Of(strategy),
            Block = block,
            Run = "first",
            StartedAt = Start.AddSeconds(block),
            Wall = 100 / throughput,
            Units = 100,
            CpuSeconds = 0.5,
            AllocatedBytes = 1000,
            Collections = [3, 2, 1],
            PeakThreads = 10 + block,
            Latency = Latency(latencies),
            Environment = block == 0 ? Machine : null,
        };

    public static RoundLatency? Latency(params double[] latencies)
    {
        var histogram = new LatencyHistogram();
        foreach (var latency in latencies)
            histogram.Record(TimeSpan.FromSeconds(latency));
        return histogram.ToLatency();
    }

    public static BenchmarkReport Report(
        BenchmarkSettings settings,
        IEnumerable<RecordedRound> rounds,
        JobState state = JobState.Succeeded
    )
    {
        var builder = new ReportBuilder(settings);
        var recorded = 0;
        foreach (var round in rounds)
        {
            builder.Add(round);
            recorded++;
        }

        return builder.Build(Job(settings, state, recorded));
    }

    public static BenchmarkReport Report(BenchmarkSettings settings, Func<string, int, Round?> measure) =>
        Report(settings, Rounds(settings, measure));

    public static StrategyReport Of(this BenchmarkReport report, string strategy) =>
        report.Families.SelectMany(family => family.Strategies).Single(known => known.Name == strategy);

    public static Job Job(BenchmarkSettings settings, JobState state, int recorded) =>
        new(
            new JobKey(JobKey.DefaultTenant, new Guid("01980000-0000-7000-8000-000000000001")),
            "benchmark",
            "benchmark",
            state,
            settings.ToArgs(),
            ["nightly"],
            Lanes: 1,
            ChunkSize: 1000,
            Batched: false,
            Total: (settings.Strategies.Count * settings.Rounds) + settings.Thresholds.Count,
            Succeeded: recorded,
            Failed: 0,
            TolerateFailedPercent: 0,
            JobTimeout: null,
            Error: null,
            RetryOf: null,
            DuplicatesPrevented: 0,
            Repairs: 0,
            Start,
            Start,
            state.IsFinished() ? Start.AddHours(1) : null
        );
}
