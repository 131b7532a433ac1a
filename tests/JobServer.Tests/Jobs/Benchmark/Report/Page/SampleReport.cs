using System.Text.Json;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

/// <summary>A contender as a test wants it.</summary>
/// <param name="Speed">Times as fast as the baseline; 0: all its rounds fail.</param>
/// <param name="Noise">Of its rounds, as a share.</param>
internal sealed record SampleContender(string Name, string Type, double Speed, double Noise = 0.03, int Errors = 0);

/// <summary>Makes reports with figures that hang together, the same ones every time.</summary>
internal sealed class SampleReport
{
    private static readonly DateTimeOffset Start = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);

    private readonly Random _random = new(5);
    private readonly List<RoundReport> _rounds = [];
    private readonly List<FamilyReport> _families = [];

    public int Rounds { get; init; } = 20;

    /// <summary>Position among the rounds of a block from which another run measured; null for a single run.</summary>
    public int? SecondRunFrom { get; init; }

    public bool IsByLatency { get; init; }

    public static RunEnvironment Machine { get; } =
        new(
            "AMD EPYC 7B13",
            2,
            8L << 30,
            "2 of 64 cores by cgroup",
            "Debian GNU/Linux 12",
            "x64",
            ".NET 10.0.1",
            "server, concurrent",
            2,
            "256 bits (AVX2)",
            1e-9,
            "0.1.0",
            "bench-1"
        );

    /// <summary>Every feature of the page at once.</summary>
    public static BenchmarkReport Rich()
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
                Job("succeeded", 180) with
                {
                    Id = new Guid("0198c9a2-0000-7000-8000-00000000000b"),
                    Tags = ["before"],
                },
                Machine with
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

    /// <summary>Adds a family whose first contender is the baseline.</summary>
    /// <param name="rate">Throughput of the baseline.</param>
    public SampleReport Add(string family, double rate, params SampleContender[] contenders)
    {
        var rounds = new List<RoundReport>();
        var first = _rounds.Count;
        for (var block = 0; block < Rounds; block++)
        {
            foreach (var contender in contenders.OrderBy(_ => _random.Next()))
                rounds.Add(Round(first + rounds.Count, block, contender, rate));
        }

        _rounds.AddRange(rounds);
        var strategies = contenders.Select(contender => Strategy(family, contender, contenders[0], rounds)).ToArray();
        var best = strategies.Where(one => one.Rounds > 0).MaxBy(one => one.Ratio?.Value ?? 1);
        string[] winners = strategies.Any(one => one.Verdict == "not enough data")
            ? []
            : [.. strategies.Where(one => (one.Ratio?.High ?? 1) >= (best?.Ratio?.Low ?? 1)).Select(one => one.Name)];
        _families.Add(
            new FamilyReport(family, contenders[0].Name, IsByLatency ? "p95" : "throughput", winners, strategies)
        );
        return this;
    }

    public BenchmarkReport Make(string state = "succeeded") =>
        new(
            Job(state, _rounds.Count),
            Machine,
            Runs(),
            JsonDocument
                .Parse(
                    """{"strategies":[{"strategy":"io-async","name":"io-async","concurrency":10}],"urls":["http://127.0.0.1:9000/json/1"],"rounds":24,"tolerancePercent":5,"seed":1}"""
                )
                .RootElement,
            _families,
            [],
            _rounds,
            new Isolation([], 0, 0, 0),
            []
        );

    private static ReportedJob Job(string state, int total) =>
        new(
            new Guid("0198c9a2-7b1e-7c3d-9e4f-5a6b7c8d9e0f"),
            state,
            ["nightly"],
            Start,
            Start,
            state == "running" ? null : Start.AddSeconds(151),
            total,
            total
        );

    private ReportedRun[] Runs() =>
        [
            .. _rounds
                .GroupBy(round => round.Run)
                .Select(run => new ReportedRun(run.Key, run.First().StartedAt, run.Count(), Machine)),
        ];

    private RoundReport Round(int seq, int block, SampleContender contender, double rate)
    {
        var throughput = contender.Speed * rate * Math.Exp(contender.Noise * Normal());
        var isOutlier = _random.Next(40) == 0;
        if (isOutlier)
            throughput *= 0.6;
        var isSecond = block >= SecondRunFrom;
        var failed = contender.Speed == 0;
        var leftOut =
            failed ? "http_500"
            : block == SecondRunFrom ? "no single run completed its block"
            : SecondRunFrom is not null && block == 4 && contender.Name.EndsWith("async", StringComparison.Ordinal)
                ? "other queues were busy: fetch"
            : null;
        var p50 = 8 / throughput;
        return new RoundReport(
            seq,
            block,
            contender.Name,
            isSecond ? "5f2c" : "a91b",
            Start.AddSeconds(seq * 0.9 + (isSecond ? 900 : 0)),
            failed ? 0 : 100 / throughput,
            failed ? 0 : throughput,
            failed ? null : p50,
            failed ? null : p50 * 1.8,
            contender.Errors,
            isOutlier,
            leftOut
        );
    }

    private static StrategyReport Strategy(
        string family,
        SampleContender contender,
        SampleContender baseline,
        List<RoundReport> rounds
    )
    {
        var own = rounds.Where(round => round.Strategy == contender.Name && round.LeftOut is null).ToArray();
        var walls = own.Select(round => round.Wall).Order().ToArray();
        var isBaseline = contender == baseline;
        var half = 2 * (contender.Noise + baseline.Noise) / Math.Sqrt(Math.Max(own.Length, 1));
        var value = contender.Speed / baseline.Speed;
        var ratio =
            isBaseline || own.Length == 0
                ? null
                : new RatioReport(value, value * Math.Exp(-half), value * Math.Exp(half), own.Length);
        var verdict = isBaseline ? "baseline" : Verdict(ratio);
        return new StrategyReport(
            contender.Name,
            contender.Type,
            contender.Type.EndsWith("sequential", StringComparison.Ordinal) ? 1 : 10,
            own.Length,
            rounds.Count(round => round.Strategy == contender.Name) - own.Length,
            own.Count(round => round.IsOutlier),
            own.Length == 0 ? null : own.Select(round => round.Throughput).Order().ElementAt(own.Length / 2),
            own.Length == 0 ? null : Spread(walls),
            family == "cpu" || own.Length == 0
                ? null
                : Latency(8 / own[0].Throughput, own.Length * 100, contender.Noise),
            own.Length == 0 ? null : walls[0] * 0.4,
            own.Length == 0 ? null : 1_234_567,
            [12, 3, 0],
            14,
            contender.Errors,
            contender.Errors == 0
                ? new Dictionary<string, long>()
                : new Dictionary<string, long> { ["http_503"] = contender.Errors },
            ratio,
            verdict,
            ratio is null
                ? "The others are compared with it."
                : $"{contender.Name} is {ratio.Value:0.##} times as fast as {baseline.Name}; the 95 % interval from {ratio.Low:0.##} to {ratio.High:0.##} is held against 0.95 to 1.05."
        );
    }

    private static string Verdict(RatioReport? ratio) =>
        ratio switch
        {
            null or { Pairs: < 6 } => "not enough data",
            { Low: > 1.05 } => "faster",
            { High: < 1 / 1.05 } => "slower",
            { Low: >= 1 / 1.05, High: <= 1.05 } => "no practical difference",
            _ => "not enough data",
        };

    private static Distribution Spread(double[] sorted)
    {
        double At(double share) => sorted[(int)Math.Ceiling(share * (sorted.Length - 1))];
        double? deviation = sorted.Length == 1 ? null : sorted[^1] - sorted[0];
        return new(
            sorted.Length,
            At(0.5),
            sorted.Average(),
            deviation / 4,
            At(0.5),
            At(0.9),
            At(0.95),
            At(0.99),
            At(1),
            At(1)
        );
    }

    private static LatencyReport Latency(double median, long count, double noise)
    {
        double At(double percentile) =>
            median * (0.6 + 0.4 * Math.Exp(noise * 12 * -Math.Log10(Math.Max(1 - percentile / 100, 1.0 / count))));
        double[] percentiles =
        [
            0,
            10,
            25,
            50,
            60,
            70,
            75,
            80,
            85,
            90,
            92,
            95,
            97,
            98,
            99,
            99.5,
            99.9,
            99.95,
            99.99,
            100,
        ];
        return new LatencyReport(
            count,
            At(50),
            At(60),
            median * 0.3,
            At(50),
            At(90),
            At(95),
            At(99),
            At(99.9),
            At(100),
            [.. percentiles.Select(percentile => new CurvePoint(percentile, At(percentile)))]
        );
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

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
