namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>What each chart shows, in words: its description, and the line under it.</summary>
internal static class Captions
{
    public static string Ranking(FamilyView family)
    {
        var ranked = family
            .Report.Strategies.Where(strategy => strategy.Ratio is not null)
            .OrderByDescending(strategy => strategy.Ratio!.Value)
            .ToArray();
        if (ranked.Length == 0)
            return "No contender has a ratio to the baseline yet.";
        if (ranked.All(strategy => strategy.Verdict == Statistics.Verdict.Same))
            return $"In practice none of them differs from {family.Report.Baseline}.";
        var (best, worst) = (ranked[0], ranked[^1]);
        var first = $"{best.Name} is {Times(best)} as {family.Report.Baseline} ({best.Verdict})";
        return ranked.Length == 1
            ? $"{first}."
            : $"From {Times(worst)} ({worst.Name}) to {Times(best)} ({best.Name}) as {family.Report.Baseline}.";

        static string Times(StrategyReport strategy) => $"{Figures.Significant(strategy.Ratio!.Value)} times as fast";
    }

    public static string Rounds(FamilyView family)
    {
        var leftOut = family.Rounds.Count(round => round.LeftOut is not null);
        var outliers = family.Rounds.Count(round => round is { IsOutlier: true, LeftOut: null });
        var runs = family.Rounds.Select(round => round.Run).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        return $"{Figures.Count(family.Rounds.Count, "round")}{(runs > 1 ? $" in {runs} runs" : "")}: "
            + $"{Figures.Count(outliers, "outlier")}, {Figures.Count(leftOut)} left out.";
    }

    public static string Latency(FamilyView family)
    {
        var latencies = family
            .Contenders.Where(contender => contender.Report.Latency is { Count: > 0 })
            .Select(contender => (contender.Name, contender.Report.Latency!.P99, contender.Report.Latency.Max))
            .OrderBy(latency => latency.P99)
            .ToArray();
        if (latencies.Length == 0)
            return "No latency was recorded.";
        var (least, most) = (latencies[0], latencies[^1]);
        var first = $"99 of 100 took at most {Figures.Seconds(least.P99)} with {least.Name}";
        var longest = latencies.MaxBy(latency => latency.Max);
        var rest = latencies.Length == 1 ? "" : $", {Figures.Seconds(most.P99)} with {most.Name}";
        return $"{first}{rest}. The longest of all took {Figures.Seconds(longest.Max)}, with {longest.Name}.";
    }
}
