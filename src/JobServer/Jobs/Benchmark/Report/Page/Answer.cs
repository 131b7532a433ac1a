namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>What a family's rounds say, for a reader who reads nothing else.</summary>
/// <param name="Lead">Who, or that it cannot be told.</param>
/// <param name="Rest">By how much, and how sure that is.</param>
/// <param name="Advice">What to do where it cannot be told; null where there is nothing to do.</param>
internal sealed record Answer(string Lead, string Rest, string? Advice = null)
{
    // Below so many pairs no interval of 95 % for a median exists.
    private const int FewestPairs = 6;

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

    private static Answer NothingCounts(FamilyView family)
    {
        var reasons = family
            .Rounds.Where(round => round.LeftOut is not null)
            .CountBy(round => round.LeftOut!)
            .OrderByDescending(reason => reason.Value)
            .Select(reason => $"{reason.Key} ({Figures.Count(reason.Value)})")
            .Take(3);
        var why = Figures.List([.. reasons]);
        return new Answer(
            "It cannot be told.",
            $"Rounds were recorded, but none of them counts{(why.Length == 0 ? "" : $": {why}")}.",
            "Remove the cause, then send the request again."
        );
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
        var best = family.Report.Strategies.FirstOrDefault(strategy => strategy.Name == fastest[0]);
        var figures = best?.Ratio is { } ratio
            ? $"{Figures.Significant(ratio.Value)} times as fast as {family.Report.Baseline} ({Sureness(ratio)})"
            : null;
        if (fastest is [var name])
        {
            return name == family.Report.Baseline
                ? new Answer(name, ", the baseline, is the fastest: nothing that it was compared with beats it.")
                : new Answer(name, $" is the fastest{(figures is null ? "" : $": {figures}")}.");
        }

        var rest = figures is null ? "" : $" {fastest[0]} is {figures}.";
        return new Answer(Figures.List(fastest), $" are the fastest, and none of them beats the others.{rest}");
    }

    private static Answer Open(FamilyView family)
    {
        var ratios = family
            .Report.Strategies.Where(strategy => strategy.Verdict == Verdicts.Unknown)
            .Select(strategy => (strategy.Name, strategy.Ratio))
            .ToArray();
        const string lead = "It cannot be told yet.";
        var fewest = ratios.MinBy(entry => entry.Ratio?.Pairs ?? 0);
        if (fewest.Name is not null && (fewest.Ratio?.Pairs ?? 0) < FewestPairs)
        {
            var pairs = Figures.Count(fewest.Ratio?.Pairs ?? 0, "pair");
            return new Answer(
                lead,
                $"{fewest.Name} and the baseline have {pairs} of rounds that count; a verdict needs {FewestPairs}.",
                family.IsFinished
                    ? "Send the request again with more rounds, on a machine with nothing else to do."
                    : "Wait for more rounds."
            );
        }

        var widest = ratios.Where(entry => entry.Ratio is not null).MaxBy(entry => entry.Ratio!.High / entry.Ratio.Low);
        var why = widest.Ratio is { } ratio
            ? $"The rounds vary too much: {widest.Name} is between {Figures.Significant(ratio.Low)} and "
                + $"{Figures.Significant(ratio.High)} times as fast as the baseline, which leaves more than one verdict."
            : "The rounds do not set one contender apart.";
        return new Answer(
            lead,
            why,
            family.IsFinished
                ? $"Send the request again with more rounds, on a quieter machine, or with a tolerance above {Figures.Percent(family.TolerancePercent)}."
                : "Wait for more rounds."
        );
    }

    private static string Sureness(RatioReport ratio) =>
        $"{Figures.Percent(95)} interval {Figures.Interval(ratio)}, from {Figures.Count(ratio.Pairs, "pair")} of rounds";
}
