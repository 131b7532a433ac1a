using JobServer.Jobs.Benchmark.Statistics;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What a reader should know before trusting a figure of a report.</summary>
internal static class Notes
{
    /// <summary>Failed calls beyond this share make latencies hard to read.</summary>
    private const double ManyErrors = 0.01;

    private const double ShortRound = 1e-3;

    /// <summary>Ticks of the clock that a round should last at least.</summary>
    private const double FewTicks = 1000;

    public static IEnumerable<string> Of(BenchmarkReport report, BenchmarkSettings settings, JobState state) =>
        [
            .. OfJob(report, settings, state),
            .. OfRuns(report),
            .. report.Families.SelectMany(family => OfFamily(family, report)),
        ];

    private static IEnumerable<string> OfJob(BenchmarkReport report, BenchmarkSettings settings, JobState state)
    {
        var (recorded, planned) = (report.Rounds.Count, settings.Strategies.Count * settings.Rounds);
        if (recorded < planned)
        {
            yield return state.IsFinished()
                ? $"The job ended as {state.ToText()} after {recorded} of {planned} rounds."
                : $"The job is {state.ToText()}: these are the figures of the first {recorded} of {planned} rounds.";
        }

        if (settings.Rounds < MedianInterval.FewestValues && report.Families.Any(family => family.Strategies.Count > 1))
        {
            yield return $"Of each strategy {Count(settings.Rounds, "round")} {(settings.Rounds == 1 ? "was" : "were")} "
                + $"asked for; with fewer than {MedianInterval.FewestValues} no verdict can be given.";
        }

        if (settings.Warmup == 0)
            yield return "No warm-up was asked for: the first rounds hold the cost of starting.";
        var leftOut = report.Rounds.Count(round => round.LeftOut is not null);
        if (leftOut * 5 > recorded)
            yield return $"{leftOut} of {recorded} rounds do not count; each says why. Fewer that count tell less.";
    }

    private static IEnumerable<string> OfRuns(BenchmarkReport report)
    {
        if (report.Runs.Count > 1)
        {
            yield return $"{report.Runs.Count} processes measured one after the other, each after a warm-up of its own; "
                + "only blocks that one of them completed are compared.";
        }

        RunEnvironment[] environments =
        [
            .. report.Runs.Select(run => run.Environment).OfType<RunEnvironment>().Distinct(),
        ];
        for (var i = 1; i < environments.Length; i++)
        {
            yield return "The environment changed between runs: "
                + $"{string.Join(", ", EnvironmentDifferences.Between(environments[i - 1], environments[i]))}.";
        }
    }

    private static IEnumerable<string> OfFamily(FamilyReport family, BenchmarkReport report)
    {
        var measured = family.Strategies.Where(strategy => strategy.Rounds > 0).ToList();
        if (measured.Count > 0 && measured.TrueForAll(strategy => strategy.Name != family.Baseline))
            yield return $"No round of {family.Baseline} counts, and without the baseline nothing can be compared.";
        foreach (var strategy in measured)
        {
            var wall = strategy.Wall!.Median;
            var resolution = report.Environment?.TimerResolution ?? 0;
            if (wall < resolution * FewTicks)
            {
                yield return $"A round of {strategy.Name} lasts less than {FewTicks:0} ticks of the clock that measures it; "
                    + "give it more to do.";
            }
            else if (wall < ShortRound)
            {
                yield return $"A round of {strategy.Name} lasts less than 1 ms, so most of what differs is noise; "
                    + "give it more to do.";
            }

            if (family.Name == Families.Cpu && strategy.Concurrency > report.Environment?.Cores)
            {
                yield return $"{strategy.Name} ran {strategy.Concurrency} threads on "
                    + $"{Count(report.Environment!.Cores, "core")}.";
            }

            if (strategy.Latency is { } latency && strategy.Errors > latency.Count * ManyErrors)
            {
                yield return $"{strategy.Errors} of {latency.Count} calls of {strategy.Name} failed; its latencies are of "
                    + "all of them, and failures may take less time than answers, or more.";
            }
        }
    }

    private static string Count(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
