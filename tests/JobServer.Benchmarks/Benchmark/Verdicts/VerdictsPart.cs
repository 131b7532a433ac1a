using System.Diagnostics;
using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>How often the verdict is the right one, where the right one is known.</summary>
internal static class VerdictsPart
{
    public static readonly string[] CaseNames =
    [
        "aa.cpu",
        "aa.delay",
        "aa.io",
        "slower.cpu",
        "slower.delay",
        "slower.io",
    ];

    private const int ProgressEvery = 10;

    public static async Task<Findings> RunAsync(
        BenchmarkJobs jobs,
        SlowPages pages,
        BenchSettings settings,
        CancellationToken cancellationToken
    )
    {
        using var slowed = new InProcessCase();
        VerdictCase[] cases = [.. ApiCases.All(jobs, pages), VerdictCase.Slower(Families.Cpu, slowed.AskAsync)];
        var counts = new List<VerdictCount>();
        foreach (var known in cases.Where(known => settings.Cases.Contains(known.Name, StringComparer.Ordinal)))
        {
            counts.Add(await CountAsync(known, settings, cancellationToken));
        }

        return new Findings(
            [.. counts.SelectMany(count => count.Rows)],
            [],
            [],
            [.. counts.Select(count => count.Fault).OfType<string>()]
        );
    }

    private static async Task<VerdictCount> CountAsync(
        VerdictCase known,
        BenchSettings settings,
        CancellationToken cancellationToken
    )
    {
        var count = new VerdictCount(known);
        var clock = Stopwatch.StartNew();
        for (var run = 1; run <= settings.Runs; run++)
        {
            count.Add(await known.AskAsync(unchecked(settings.Seed + run) & int.MaxValue, cancellationToken));
            if (run % ProgressEvery == 0 || run == settings.Runs)
            {
                Console.WriteLine($"{count} in {clock.Elapsed.TotalSeconds:F0} s");
            }
        }

        return count;
    }
}
