using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>What a family's rounds say, for a reader who reads nothing else.</summary>
/// <param name="Lead">Who, or that it cannot be told.</param>
/// <param name="Rest">By how much, and how sure that is.</param>
/// <param name="Advice">What to do where it cannot be told; null where there is nothing to do.</param>
internal sealed record Answer(string Lead, string Rest, string? Advice = null)
{
    private const int MostReasons = 3;
    private const int MostNames = 4;
    private const string Remedy = "Remove the cause, then send the request again.";

    public static Answer Of(FamilyView family)
    {
        var strategies = family.Report.Strategies;
        if (strategies.All(strategy => strategy is { Rounds: 0, LeftOut: 0 }))
            return new Answer("Not measured yet.", "No round has been recorded.");
        if (strategies.All(strategy => strategy.Rounds == 0))
            return NothingCounts(family);
        if (strategies.Count == 1)
            return Alone(strategies[0]);
        return family.Report.Fastest.Count == 0 ? Open(family) : Won(family);
    }

    private static Answer NothingCounts(FamilyView family) =>
        new("It cannot be told.", $"None of the recorded rounds counts{Reasons(family)}.", Remedy);

    private static string Reasons(FamilyView family, string? name = null)
    {
        string[] reasons =
        [
            .. family
                .Rounds.Where(round => round.LeftOut is not null && (name is null || round.Strategy == name))
                .CountBy(round => round.LeftOut!)
                .OrderByDescending(reason => reason.Value)
                .Select(reason => $"{Figures.Count(reason.Value)} × {reason.Key}")
                .Take(MostReasons),
        ];
        return reasons.Length == 0 ? "" : $" ({Figures.List(reasons)})";
    }

    private static Answer Alone(StrategyReport only) =>
        new(
            only.Name,
            $" ran alone: {Figures.PerSecond(only.Throughput)}, the median of {Figures.Count(only.Rounds, "round")}.",
            "To compare it, send the request again with another strategy of this family."
        );

    private static Answer Won(FamilyView family)
    {
        var (fastest, baseline) = (family.Report.Fastest, family.Report.Baseline);
        StrategyReport[] winners = [.. family.Report.Strategies.Where(strategy => fastest.Contains(strategy.Name))];
        var isOpen = winners.Any(strategy => strategy.Verdict == Verdict.Unknown);
        var best = winners.MaxBy(strategy => strategy.Ratio?.Value ?? 1);
        return (winners.Length, fastest.Contains(baseline)) switch
        {
            (1, true) => new(baseline, ", the baseline, is the fastest: nothing that it was compared with beats it."),
            (1, false) => new(
                fastest[0],
                $" is the fastest{(best is null ? "" : $": {TimesAsFast(best, baseline)}")}."
            ),
            (_, true) when isOpen => Open(family),
            (_, true) when winners.Length == family.Report.Strategies.Count => new(
                "There is no winner:",
                $"{Figures.List(Named(fastest))} are equally fast in practice."
            ),
            (_, true) => new(Figures.List(Named(fastest)), " are the fastest, and equally fast in practice."),
            _ => new(
                Figures.List(Named(fastest)),
                $" are the fastest; the rounds do not tell them apart. {best!.Name} is {TimesAsFast(best, baseline)}."
            ),
        };
    }

    private static string TimesAsFast(StrategyReport strategy, string baseline) =>
        strategy.Ratio is { } ratio
            ? $"{Figures.Significant(ratio.Value)} times as fast as {baseline} ({Figures.Percent(95)} interval "
                + $"{Figures.Interval(ratio)}, from {Figures.Count(ratio.Pairs, "pair")} of rounds)"
            : Verdict.Baseline;

    private static IReadOnlyList<string> Named(IReadOnlyList<string> names) =>
        names.Count > MostNames ? [.. names.Take(MostNames - 1), $"{names.Count - MostNames + 1} more"] : names;

    private static Answer Open(FamilyView family)
    {
        const string lead = "It cannot be told yet.";
        var strategies = family.Report.Strategies;
        if (strategies.FirstOrDefault(strategy => strategy is { Rounds: 0, LeftOut: > 0 }) is { } none)
            return new Answer(lead, $"No round of {none.Name} counts{Reasons(family, none.Name)}.", Remedy);
        var unknown = strategies.Where(strategy => strategy.Verdict == Verdict.Unknown).ToArray();
        if (unknown.MinBy(Pairs) is { } fewest && Pairs(fewest) < MedianInterval.FewestValues)
        {
            return new Answer(
                lead,
                $"{fewest.Name} and the baseline have {Figures.Count(Pairs(fewest), "pair")} of rounds that count; "
                    + $"a verdict needs {MedianInterval.FewestValues}.",
                Again(family, "on a machine with nothing else to do")
            );
        }

        var widest = unknown.MaxBy(strategy => strategy.Ratio!.High / strategy.Ratio.Low);
        var why = widest?.Ratio is { } ratio
            ? $"The rounds vary too much: {widest.Name} is between {Figures.Significant(ratio.Low)} and "
                + $"{Figures.Significant(ratio.High)} times as fast as the baseline, which leaves more than one verdict."
            : "The rounds do not set one contender apart.";
        var tolerance = Figures.Percent(family.TolerancePercent);
        return new Answer(lead, why, Again(family, $"on a quieter machine, or with a tolerance above {tolerance}"));
    }

    private static int Pairs(StrategyReport strategy) => strategy.Ratio?.Pairs ?? 0;

    private static string Again(FamilyView family, string how) =>
        family.IsFinished ? $"Send the request again with more rounds, {how}." : "Wait for more rounds.";
}
