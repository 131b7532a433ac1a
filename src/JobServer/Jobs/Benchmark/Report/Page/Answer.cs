namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>What a family's rounds say, for a reader who reads nothing else.</summary>
/// <param name="Lead">Who, or that it cannot be told.</param>
/// <param name="Rest">By how much, and how sure that is.</param>
/// <param name="Advice">What to do where it cannot be told; null where there is nothing to do.</param>
internal sealed record Answer(string Lead, string Rest, string? Advice = null)
{
    // Below so many pairs no interval of 95 % for a median exists.
    private const int FewestPairs = 6;

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
                .Select(reason => $"{reason.Key} ({Figures.Count(reason.Value)})")
                .Take(MostReasons),
        ];
        return reasons.Length == 0 ? "" : $": {Figures.List(reasons)}";
    }

    private static Answer Alone(StrategyReport only) =>
        new(
            only.Name,
            $" ran alone: {Figures.PerSecond(only.Throughput)}, the median of {Figures.Count(only.Rounds, "round")}.",
            "To compare it, send the request again with another strategy of this family."
        );

    private static Answer Won(FamilyView family)
    {
        var fastest = family.Report.Fastest;
        var best = family
            .Report.Strategies.Where(strategy => fastest.Contains(strategy.Name))
            .MaxBy(strategy => strategy.Ratio?.Value ?? 1);
        var figures = best?.Ratio is { } ratio
            ? $"{Figures.Significant(ratio.Value)} times as fast as {family.Report.Baseline} ({Sureness(ratio)})"
            : null;
        if (fastest is [var name])
        {
            return name == family.Report.Baseline
                ? new Answer(name, ", the baseline, is the fastest: nothing that it was compared with beats it.")
                : new Answer(name, $" is the fastest{(figures is null ? "" : $": {figures}")}.");
        }

        if (fastest.Count == family.Report.Strategies.Count)
            return new Answer("There is no winner:", $"{Tie(fastest.Count)}.");
        var names =
            fastest.Count > MostNames
                ? [.. fastest.Take(MostNames - 1), $"{fastest.Count - MostNames + 1} more"]
                : fastest;
        var rest = figures is null ? "" : $" {best!.Name} is {figures}.";
        return new Answer(Figures.List(names), $" are the fastest; {Tie(fastest.Count)}.{rest}");
    }

    private static string Tie(int contenders) =>
        contenders == 2 ? "neither beats the other" : $"none of the {Figures.Count(contenders)} beats another";

    private static Answer Open(FamilyView family)
    {
        const string lead = "It cannot be told yet.";
        var strategies = family.Report.Strategies;
        if (strategies.FirstOrDefault(strategy => strategy is { Rounds: 0, LeftOut: > 0 }) is { } none)
            return new Answer(lead, $"No round of {none.Name} counts{Reasons(family, none.Name)}.", Remedy);
        var unknown = strategies.Where(strategy => strategy.Verdict == Statistics.Verdict.Unknown).ToArray();
        if (unknown.MinBy(Pairs) is { } fewest && Pairs(fewest) < FewestPairs)
        {
            return new Answer(
                lead,
                $"{fewest.Name} and the baseline have {Figures.Count(Pairs(fewest), "pair")} of rounds that count; "
                    + $"a verdict needs {FewestPairs}.",
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

    private static string Sureness(RatioReport ratio) =>
        $"{Figures.Percent(95)} interval {Figures.Interval(ratio)}, from {Figures.Count(ratio.Pairs, "pair")} of rounds";
}
