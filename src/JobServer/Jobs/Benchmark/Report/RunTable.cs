namespace JobServer.Jobs.Benchmark.Report;

/// <summary>The processes that measured, in the order in which they came.</summary>
internal sealed class RunTable
{
    private readonly OrderedDictionary<string, ReportedRun> _runs = new(StringComparer.Ordinal);

    public IReadOnlyList<ReportedRun> All => _runs.Values;

    /// <summary>Of the last run that said it.</summary>
    public RunEnvironment? Environment => All.LastOrDefault(run => run.Environment is not null)?.Environment;

    public void Add(Round round)
    {
        var known = _runs.GetValueOrDefault(round.Run) ?? new ReportedRun(round.Run, round.StartedAt, 0, null);
        _runs[round.Run] = known with
        {
            Rounds = known.Rounds + 1,
            Environment = known.Environment ?? round.Environment,
        };
    }
}
