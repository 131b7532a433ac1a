using System.Text.Json;
using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>A strategy as the page shows it, with the mark that it has in every chart.</summary>
internal sealed record Contender(StrategyReport Report, Mark Mark, bool IsBaseline)
{
    public string Name => Report.Name;
}

/// <summary>A family with what its charts need beside it.</summary>
/// <param name="Key">What the ids of its elements begin with.</param>
/// <param name="TolerancePercent">A difference up to this makes no practical difference.</param>
/// <param name="Contenders">In the order in which they were submitted.</param>
/// <param name="Rounds">Of its contenders, in the order in which they ran.</param>
internal sealed record FamilyView(
    FamilyReport Report,
    string Key,
    double TolerancePercent,
    IReadOnlyList<Contender> Contenders,
    IReadOnlyList<RoundReport> Rounds,
    IReadOnlyList<ReportedRun> Runs,
    bool IsFinished
)
{
    private const double DefaultTolerance = 5;

    /// <summary>Whether contenders were compared by their p95 latency, of which less is better.</summary>
    public bool IsByLatency => Report.ComparedBy == Measure.P95.Name;

    public double Tolerance => TolerancePercent / 100;

    public bool HasLatency => Contenders.Any(contender => contender.Report.Latency is { Curve.Count: > 0 });

    public static FamilyView Of(BenchmarkReport report, FamilyReport family, int index)
    {
        var names = family.Strategies.Select(strategy => strategy.Name).ToHashSet(StringComparer.Ordinal);
        return new FamilyView(
            family,
            $"family-{index}",
            ToleranceOf(report.Request),
            [.. ContendersOf(family)],
            [.. report.Rounds.Where(round => names.Contains(round.Strategy))],
            report.Runs,
            report.Job.FinishedAt is not null
        );
    }

    private static IEnumerable<Contender> ContendersOf(FamilyReport family)
    {
        var others = 0;
        foreach (var strategy in family.Strategies)
        {
            var isBaseline = strategy.Name == family.Baseline;
            yield return new Contender(strategy, isBaseline ? Mark.Baseline : Mark.Of(others++), isBaseline);
        }
    }

    private static double ToleranceOf(JsonElement request) =>
        request.ValueKind == JsonValueKind.Object
        && request.TryGetProperty("tolerancePercent", out var percent)
        && percent.ValueKind == JsonValueKind.Number
            ? percent.GetDouble()
            : DefaultTolerance;
}
