namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What differs between two jobs beside their strategies.</summary>
internal static class ComparisonNotes
{
    /// <param name="pairs">Contenders that both have.</param>
    public static IEnumerable<string> Of(
        Compared own,
        Compared other,
        IReadOnlyList<(StrategyReport Own, StrategyReport Other)> pairs
    )
    {
        if (pairs.Count == 0)
            yield return "The jobs have no strategy in common, by name and type.";
        else
            yield return $"The jobs ran {Apart(own.Report.Job, other.Report.Job)}. Their rounds did not take turns, so whatever "
                + "changed in between is part of every difference.";
        if (own.Report.Environment is { } here && other.Report.Environment is { } there)
        {
            var differences = EnvironmentDifferences.Between(here, there).ToList();
            if (differences.Count > 0)
                yield return $"They ran in other environments: {string.Join(", ", differences)}.";
        }

        foreach (var (mine, theirs) in pairs.Where(pair => pair.Own.Concurrency != pair.Other.Concurrency))
            yield return $"The concurrency of {mine.Name} was {mine.Concurrency}, and {theirs.Concurrency} in the other job.";
        if (other.Report.Job.FinishedAt is null)
            yield return "The other job has not ended: its figures are of the rounds so far.";
        if (OptionsDiffer(own.Settings, other.Settings))
            yield return "The options of their calls differ: itemTimeout or maxBodyBytes.";
    }

    private static bool OptionsDiffer(BenchmarkSettings one, BenchmarkSettings other) =>
        one.Urls.Count > 0
        && other.Urls.Count > 0
        && (one.ItemTimeout, one.MaxBodyBytes) != (other.ItemTimeout, other.MaxBodyBytes);

    private static string Apart(ReportedJob one, ReportedJob other)
    {
        var apart = ((one.StartedAt ?? one.CreatedAt) - (other.StartedAt ?? other.CreatedAt)).Duration();
        return apart switch
        {
            { TotalDays: >= 2 } => $"{apart.TotalDays:0} days apart",
            { TotalHours: >= 2 } => $"{apart.TotalHours:0} hours apart",
            { TotalMinutes: >= 2 } => $"{apart.TotalMinutes:0} minutes apart",
            _ => "within two minutes",
        };
    }
}
