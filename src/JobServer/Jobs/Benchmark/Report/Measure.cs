using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What the rounds of a family are compared by.</summary>
internal sealed record Measure(string Name, bool LessIsBetter)
{
    // Beyond these nothing was measured, and a ratio of the two can still be written down.
    private const double Least = 1e-12;
    private const double Most = 1e30;

    public static readonly Measure Throughput = new("throughput", LessIsBetter: false);

    /// <summary>Of latencies. Where calls come at a fixed rate every strategy that keeps up has the same throughput.</summary>
    public static readonly Measure P95 = new("p95", LessIsBetter: true);

    public static Measure Of(BenchmarkSettings settings, string family) =>
        family == Families.Io && settings.Load.Model == LoadModel.Open ? P95 : Throughput;

    /// <summary>What a sentence says beside how much faster something is; null where that is plain.</summary>
    public string? By => LessIsBetter ? "p95 latency" : null;

    /// <summary>Of one round; null where it has none that could be compared.</summary>
    public double? FigureOf(RoundReport round) =>
        (LessIsBetter ? round.P95 : round.Throughput) is { } figure and > Least and < Most ? figure : null;

    /// <summary>How many times as fast the first is.</summary>
    public double TimesAsFast(double own, double other) => LessIsBetter ? other / own : own / other;
}
