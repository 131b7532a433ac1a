namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>The cases that are jobs like any other.</summary>
internal static class ApiCases
{
    /// <summary>Rounds of some 5 ms, many of them: whatever else the machine does meets some, and the median passes over those.</summary>
    public static readonly CaseWork Cpu = new("cpu-sequential", Rounds: 40) { Numbers = 5_000 };

    // Delays and requests for 10 waves of 11 at once: at 10 at once they are 11 waves, 10 % more.
    private const int Units = 110;
    private const int Least = 10;
    private const int More = 11;

    public static IEnumerable<VerdictCase> All(BenchmarkJobs jobs, SlowPages pages)
    {
        var delay = new CaseWork("delay-async", Rounds: 20) { Delays = Units, Delay = TimeSpan.FromMilliseconds(10) };
        var io = new CaseWork("io-async", Rounds: 14) { Requests = Units, Urls = pages.Urls };
        yield return VerdictCase.Same(Cpu.Family, (seed, token) => Cpu.AskAsync(jobs, null, null, seed, token));
        foreach (var work in new[] { delay, io })
        {
            yield return VerdictCase.Same(work.Family, (seed, token) => work.AskAsync(jobs, More, More, seed, token));
            yield return VerdictCase.Slower(
                work.Family,
                (seed, token) => work.AskAsync(jobs, More, Least, seed, token)
            );
        }
    }
}
