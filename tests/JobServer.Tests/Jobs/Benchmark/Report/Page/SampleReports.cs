using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

/// <summary>Reports that are hard to draw, by name.</summary>
internal static class SampleReports
{
    /// <summary>The one with every feature of the page.</summary>
    public const string Rich = "rich";

    /// <summary>The one with markup in every string.</summary>
    public const string Poisoned = "hostile";

    private static readonly SampleContender Sequential = new("io-sequential", "io-sequential", 1);
    private static readonly SampleContender Async = new("io-async", "io-async", 3);

    public static IReadOnlyDictionary<string, Func<BenchmarkReport>> All { get; } =
        new Dictionary<string, Func<BenchmarkReport>>
        {
            [Rich] = Everything,
            [Poisoned] = () => Hostile.Of(Everything()),
            ["by latency"] = () =>
                new SampleReport { IsByLatency = true }
                    .Add("io", 90, Sequential, Async)
                    .Make(),
            ["one round"] = () =>
                new SampleReport { Rounds = 1 }
                    .Add("io", 90, Sequential, Async)
                    .Make("running"),
            ["one contender"] = () => new SampleReport().Add("delay", 90, Sequential).Make(),
            ["all failed"] = () =>
                new SampleReport().Add("io", 90, Sequential with { Speed = 0 }).Make("failed") with
                {
                    Isolation = new Isolation([], 0, 0, 20),
                },
            ["nothing yet"] = () =>
                new SampleReport { Rounds = 0 }
                    .Add("io", 90, Sequential, Async)
                    .Make("queued") with
                {
                    Environment = null,
                },
            ["no family"] = () => new SampleReport().Make(),
            ["all equal"] = () =>
                new SampleReport()
                    .Add("cpu", 90, Sequential with { Noise = 0 }, Async with { Speed = 1, Noise = 0 })
                    .Make(),
            ["2000 times"] = () => new SampleReport().Add("io", 3, Sequential, Async with { Speed = 2000 }).Make(),
            ["1000 rounds"] = () =>
                new SampleReport { Rounds = 1000 }
                    .Add("cpu", 80_000, Sequential, Async)
                    .Make(),
            ["20 contenders of 64 characters"] = () =>
                new SampleReport()
                    .Add(
                        "io",
                        90,
                        [.. Enumerable.Range(0, 20).Select(i => Async with { Name = $"{i:00}{new string('x', 62)}" })]
                    )
                    .Make(),
        };

    private static BenchmarkReport Everything()
    {
        var sample = new SampleReport { Rounds = 24, SecondRunFrom = 15 };
        sample.Add(
            "io",
            500,
            new SampleContender("io-sequential", "io-sequential", 1),
            new SampleContender("io-async", "io-async", 7.9, 0.05, Errors: 3),
            new SampleContender("io-async-50", "io-async", 8.4, 0.06),
            new SampleContender("io-threads", "io-threads", 6.1, 0.09),
            new SampleContender("io-mixed", "io-mixed", 0.81, 0.02)
        );
        sample.Add(
            "cpu",
            80_000,
            new SampleContender("cpu-sequential", "cpu-sequential", 1, 0.01),
            new SampleContender("cpu-threads", "cpu-threads", 1.93, 0.03),
            new SampleContender("cpu-parallel", "cpu-parallel", 1.02, 0.01),
            new SampleContender("cpu-vectorized", "cpu-vectorized", 4.2, 0.02)
        );
        sample.Add(
            "delay",
            98,
            new SampleContender("delay-sequential", "delay-sequential", 1, 0.01),
            new SampleContender("delay-async", "delay-async", 1.04, 0.15)
        );
        return sample.Make() with
        {
            Thresholds =
            [
                new("p95", "io-async", null, 0.2, 0.0312, true),
                new("throughput", "cpu-threads", 200_000, null, 154_400, false),
                new("p99", "delay-async", null, 0.02, null, null),
            ],
            Isolation = new Isolation(["fetch"], 2, 5, 1),
            Notes = ["The timer of this machine ticks every 1 ns.", "Rounds of io-async failed 3 calls with http_503."],
            Comparison = new ComparisonReport(
                SampleReport.Job("succeeded", 180) with
                {
                    Id = new Guid("0198c9a2-0000-7000-8000-00000000000b"),
                    Tags = ["before"],
                },
                SampleReport.Machine with
                {
                    Cores = 4,
                    Host = "bench-2",
                },
                ["The other job ran on 4 cores, this one on 2."],
                [
                    Compared("io", "io-async", 1.21, 1.14, 1.29, "faster"),
                    Compared("io", "io-threads", 0.99, 0.97, 1.02, "no practical difference"),
                    Compared("cpu", "cpu-threads", 0.55, 0.53, 0.57, "slower"),
                    Compared("delay", "delay-async", 1.01, 0.9, 1.2, "not enough data"),
                ]
            ),
        };
    }

    private static ComparedStrategy Compared(
        string family,
        string name,
        double value,
        double low,
        double high,
        string verdict
    ) =>
        new(
            family,
            name,
            4000 * value,
            4000,
            family == "cpu" ? null : 0.012 / value,
            family == "cpu" ? null : 0.012,
            new RatioReport(value, low, high, 20),
            verdict,
            $"{name} is {value:0.##} times as fast as it was in the other job."
        );
}
