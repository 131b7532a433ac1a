namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>What both contenders of a case do: the same strategy under two names.</summary>
internal sealed record CaseWork(string Strategy, int Rounds)
{
    public const int Warmup = 1;

    private const string Baseline = "baseline";
    private const string Judged = "judged";

    public int? Numbers { get; init; }

    public int? Delays { get; init; }

    public TimeSpan? Delay { get; init; }

    public int? Requests { get; init; }

    public IReadOnlyList<Uri>? Urls { get; init; }

    public string Family => Strategy[..Strategy.IndexOf('-', StringComparison.Ordinal)];

    /// <param name="baseline">Concurrency of the baseline; null where the strategy has none to choose.</param>
    /// <param name="judged">That of the contender which is judged.</param>
    /// <returns>The verdict.</returns>
    public async Task<string> AskAsync(
        BenchmarkJobs jobs,
        int? baseline,
        int? judged,
        int seed,
        CancellationToken cancellationToken
    )
    {
        var job = await jobs.RunAsync(
            new
            {
                strategies = new[]
                {
                    new
                    {
                        strategy = Strategy,
                        name = Baseline,
                        concurrency = baseline,
                    },
                    new
                    {
                        strategy = Strategy,
                        name = Judged,
                        concurrency = judged,
                    },
                },
                baselines = new Dictionary<string, string>(StringComparer.Ordinal) { [Family] = Baseline },
                urls = Urls,
                load = Requests is null ? null : new { model = "closed", requests = Requests },
                numbers = Numbers,
                delays = Delays,
                delay = Delay,
                rounds = Rounds,
                warmup = Warmup,
                seed,
            },
            items: 2 * Rounds,
            cancellationToken
        );
        return (await jobs.ReportAsync(job, cancellationToken)).VerdictOf(Judged);
    }
}
