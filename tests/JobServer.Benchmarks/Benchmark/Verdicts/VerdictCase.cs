using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>A comparison whose verdict is known beforehand.</summary>
/// <param name="Name">Such as <c>aa.cpu</c>.</param>
/// <param name="Right">The verdict it must come to.</param>
/// <param name="Wrong">Verdicts that claim what is not so.</param>
/// <param name="LeastPercent">The share of right verdicts below which the statistics are not to be trusted.</param>
/// <param name="AskAsync">Compares, by a seed, and gives the verdict.</param>
internal sealed record VerdictCase(
    string Name,
    string Right,
    IReadOnlyList<string> Wrong,
    double LeastPercent,
    Func<int, CancellationToken, Task<string>> AskAsync
)
{
    private const double LeastSame = 95;
    private const double LeastSlower = 90;

    /// <summary>Two names for the same.</summary>
    public static VerdictCase Same(string family, Func<int, CancellationToken, Task<string>> askAsync) =>
        new($"aa.{family}", Verdict.Same, [Verdict.Faster, Verdict.Slower], LeastSame, askAsync);

    /// <summary>The one that is judged takes 10 % longer.</summary>
    public static VerdictCase Slower(string family, Func<int, CancellationToken, Task<string>> askAsync) =>
        new($"slower.{family}", Verdict.Slower, [Verdict.Faster, Verdict.Same], LeastSlower, askAsync);
}
