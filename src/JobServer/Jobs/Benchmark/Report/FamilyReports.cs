using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Compares the contenders of one family.</summary>
internal static class FamilyReports
{
    /// <param name="tallies">Of its contenders, in the order of the submission; at least one.</param>
    public static FamilyReport Of(string family, string baseline, IReadOnlyList<Tally> tallies, double tolerancePercent)
    {
        var measure = tallies[0].Measure;
        var reference = tallies.Single(tally => tally.Name == baseline);
        var ratios = tallies.ToDictionary(tally => tally, tally => Paired(tally, reference));
        return new FamilyReport(
            family,
            baseline,
            measure.Name,
            Fastest(tallies, ratios, tolerancePercent),
            [
                .. tallies.Select(tally =>
                    tally == reference
                        ? tally.Report(ratio: null, Verdict.Baseline, OfBaseline(tallies.Count))
                        : tally.Report(
                            ratios[tally],
                            Verdict.Of(ratios[tally], tolerancePercent),
                            Explain(ratios[tally], baseline, measure, tolerancePercent)
                        )
                ),
            ]
        );
    }

    /// <summary>Rounds of the same block stand side by side: what drifts from block to block does not matter.</summary>
    private static RatioReport? Paired(Tally own, Tally other) =>
        Ratios.Paired([
            .. own
                .Figures.Where(figure => other.Figures.ContainsKey(figure.Key))
                .Select(figure => own.Measure.TimesAsFast(figure.Value, other.Figures[figure.Key])),
        ]);

    private static IReadOnlyList<string> Fastest(
        IReadOnlyList<Tally> tallies,
        Dictionary<Tally, RatioReport?> ratios,
        double tolerancePercent
    )
    {
        var known = tallies.Where(tally => ratios[tally]?.Pairs >= MedianInterval.FewestValues).ToList();
        // The baseline with itself makes as many pairs as it has rounds.
        if (known.Count < 2)
            return [];
        var best = known.MaxBy(tally => ratios[tally]!.Value)!;
        return
        [
            best.Name,
            .. known
                .Where(tally => tally != best)
                .Where(tally => Verdict.Of(Paired(tally, best), tolerancePercent) != Verdict.Slower)
                .Select(tally => tally.Name),
        ];
    }

    private static string OfBaseline(int contenders) =>
        contenders == 1
            ? "It is the only one of its family: there is nothing to compare it with."
            : "The others of its family are compared with it.";

    private static string Explain(RatioReport? ratio, string baseline, Measure measure, double tolerancePercent)
    {
        var pairs = ratio?.Pairs ?? 0;
        if (ratio is null || pairs < MedianInterval.FewestValues)
            return Explanation.TooFew(pairs, "pair of rounds", "pairs of rounds");
        return Explanation.Of(ratio, baseline, tolerancePercent, measure.By);
    }
}
