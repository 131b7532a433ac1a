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
        var strategies = contenders
            .Select(contender => SampleStrategy.Of(family, contender, contenders[0], rounds))
            .ToArray();
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

    public static ReportedJob Job(string state, int total) =>
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
                .Select(run => new ReportedRun(run.Key!, run.First().StartedAt!.Value, run.Count(), Machine)),
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

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
