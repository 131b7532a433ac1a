using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>How often a case came to which verdict.</summary>
internal sealed class VerdictCount(VerdictCase of)
{
    private const string Unit = "% of runs";

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _runs;

    private double RightPercent => Percent(of.Right);

    /// <summary>What is not as it must be; null when all is well.</summary>
    public string? Fault =>
        RightPercent >= of.LeastPercent
            ? null
            : $"benchmark.{of.Name}: {RightPercent:F0} % of the verdicts are '{of.Right}', and {of.LeastPercent:F0} % must be";

    public IReadOnlyList<Row> Rows =>
        [RowOf("right", of.Right), RowOf("wrong", [.. of.Wrong]), RowOf("undecided", Verdict.Unknown)];

    public void Add(string verdict)
    {
        _counts[verdict] = _counts.GetValueOrDefault(verdict) + 1;
        _runs++;
    }

    public override string ToString() =>
        $"{of.Name}: {_runs} runs, " + string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"));

    private Row RowOf(string what, params string[] verdicts) =>
        new($"benchmark.{of.Name}.{what}", Unit, Percent(verdicts), Min: null, Max: null, _runs);

    private double Percent(params string[] verdicts) =>
        100.0 * verdicts.Sum(verdict => _counts.GetValueOrDefault(verdict)) / _runs;
}
