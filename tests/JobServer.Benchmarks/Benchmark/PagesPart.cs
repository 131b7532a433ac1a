using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>Pages that take their time, one after the other and 50 at once: what the report says of that.</summary>
internal static class PagesPart
{
    private const string RowName = "benchmark.ratio20ms";
    private const string Contender = "io-async";
    private const string Baseline = "io-sequential";
    private const int Requests = 100;
    private const int Rounds = 12;

    public static async Task<Findings> RunAsync(
        BenchmarkJobs jobs,
        SlowPages pages,
        int seed,
        CancellationToken cancellationToken
    )
    {
        Console.WriteLine($"pages: {Requests} requests a round to {pages.Description}, {Rounds} rounds");
        var job = await jobs.RunAsync(
            new
            {
                strategies = new object[]
                {
                    Baseline,
                    new { strategy = Contender, concurrency = BenchSettings.Connections },
                },
                urls = pages.Urls,
                load = new { model = "closed", requests = Requests },
                rounds = Rounds,
                warmup = 1,
                seed,
            },
            items: 2 * Rounds,
            cancellationToken
        );
        var report = await jobs.ReportAsync(job, cancellationToken);
        var verdict = report.VerdictOf(Contender);
        var ratio = report.RatioOf(Contender);
        Console.WriteLine(
            $"pages: {Contender} at {BenchSettings.Connections} is {verdict}: {ratio.Value:F2} times as fast as {Baseline} "
                + $"({ratio.Low:F2} to {ratio.High:F2}, {ratio.Pairs} pairs)"
        );
        return new Findings(
            // Least and greatest are the ends of the interval.
            [Report.RowOf(RowName, "times as fast", new Spread(ratio.Value, ratio.Low, ratio.High, ratio.Pairs))],
            [],
            [],
            verdict == Verdict.Faster ? [] : [$"{RowName}: the verdict on {Contender} is '{verdict}', which is faster"]
        );
    }
}
