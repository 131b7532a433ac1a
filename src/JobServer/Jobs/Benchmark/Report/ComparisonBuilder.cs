using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>One of two jobs that are set side by side.</summary>
internal sealed record Compared(BenchmarkReport Report, BenchmarkSettings Settings)
{
    /// <summary>What the rounds of a contender that count are compared by.</summary>
    public IReadOnlyCollection<double> FiguresOf(string strategy, Measure measure) =>
        [
            .. Report
                .Rounds.Where(round => round.LeftOut is null && round.Strategy == strategy)
                .Select(measure.FigureOf)
                .OfType<double>(),
        ];
}

/// <summary>Sets a job beside another one. No round of one ran beside a round of the other, so nothing is paired.</summary>
internal static class ComparisonBuilder
{
    private const string Than = "in the other job";

    public static ComparisonReport Build(Compared own, Compared other)
    {
        var pairs = (
            from family in own.Report.Families
            from strategy in family.Strategies
            from counterpart in other
                .Report.Families.Where(known => known.Name == family.Name)
                .SelectMany(known => known.Strategies)
            where counterpart.Name == strategy.Name && counterpart.Type == strategy.Type
            select (Family: family.Name, Own: strategy, Other: counterpart)
        ).ToList();
        return new ComparisonReport(
            other.Report.Job,
            other.Report.Environment,
            [.. ComparisonNotes.Of(own, other, [.. pairs.Select(pair => (pair.Own, pair.Other))])],
            [.. pairs.Select(pair => Compare(pair.Family, pair.Own, pair.Other, own, other))]
        );
    }

    private static ComparedStrategy Compare(
        string family,
        StrategyReport strategy,
        StrategyReport counterpart,
        Compared own,
        Compared other
    )
    {
        var tolerance = own.Settings.TolerancePercent;
        var differences = SameWork.Differences(own.Settings, other.Settings, family);
        var ratio = differences.Count > 0 ? null : Ratio(strategy.Name, Measure.Of(own.Settings, family), own, other);
        return new ComparedStrategy(
            family,
            strategy.Name,
            strategy.Throughput,
            counterpart.Throughput,
            strategy.Latency?.P95,
            counterpart.Latency?.P95,
            ratio,
            Verdict.Of(ratio, tolerance),
            differences.Count > 0
                ? $"The jobs did other work: {string.Join(", ", differences)} differ."
                : Explain(ratio, tolerance, Measure.Of(own.Settings, family))
        );
    }

    private static RatioReport? Ratio(string strategy, Measure measure, Compared own, Compared other)
    {
        var (mine, theirs) = (own.FiguresOf(strategy, measure), other.FiguresOf(strategy, measure));
        return measure.LessIsBetter ? Ratios.Unpaired(theirs, mine) : Ratios.Unpaired(mine, theirs);
    }

    private static string Explain(RatioReport? ratio, double tolerancePercent, Measure measure) =>
        ratio is null || ratio.Pairs < MedianInterval.FewestValues
            ? $"In one of the jobs: {Explanation.TooFew(ratio?.Pairs ?? 0, "round", "rounds")}"
            : Explanation.Of(ratio, Than, tolerancePercent, measure.By);
}
