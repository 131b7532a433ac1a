using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

/// <summary>A contender's figures, from its rounds where they can be, else made up.</summary>
internal static class SampleStrategy
{
    public static StrategyReport Of(
        string family,
        SampleContender contender,
        SampleContender baseline,
        List<RoundReport> rounds
    )
    {
        var own = rounds.Where(round => round.Strategy == contender.Name && round.LeftOut is null).ToArray();
        var walls = own.Select(round => round.Wall!.Value).Order().ToArray();
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
                : Latency(8 / own[0].Throughput!.Value, own.Length * 100, contender.Noise),
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
}
