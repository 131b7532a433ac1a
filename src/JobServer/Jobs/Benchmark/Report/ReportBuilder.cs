using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>
/// Makes the report of a job from its rounds, one after the other. Latencies are added up as they come, so that what is
/// held does not grow with them; a round leaves a line behind.
/// </summary>
internal sealed class ReportBuilder
{
    private readonly BenchmarkSettings _settings;
    private readonly Dictionary<string, Tally> _tallies;
    private readonly List<RecordedRound> _block = [];
    private readonly List<RoundReport> _rounds = [];
    private readonly RunTable _runs = new();
    private readonly SortedSet<string> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<LeftOutCause, int> _leftOut = [];

    public ReportBuilder(BenchmarkSettings settings)
    {
        _settings = settings;
        _tallies = settings.Strategies.ToDictionary(
            strategy => strategy.Name,
            strategy => new Tally(strategy, Measure.Of(settings, Families.Of(strategy.Strategy))),
            StringComparer.Ordinal
        );
    }

    /// <summary>Takes the next one, in the order of the plan.</summary>
    public void Add(RecordedRound recorded)
    {
        if (_block.Count > 0 && _block[0].Block != recorded.Block)
            EndBlock();
        _block.Add(recorded);
    }

    /// <summary>The report of what was added; nothing can be added after it.</summary>
    public BenchmarkReport Build(Job job)
    {
        EndBlock();
        var planned = _settings.Strategies.Count * _settings.Rounds;
        var families = FamiliesOf(_settings).ToList();
        var isolation = new Isolation(
            [.. _busy],
            _leftOut.GetValueOrDefault(LeftOutCause.Busy),
            _leftOut.GetValueOrDefault(LeftOutCause.Broken),
            _leftOut.GetValueOrDefault(LeftOutCause.Failed)
        );
        var report = new BenchmarkReport(
            new ReportedJob(
                job.Key.Id,
                job.State.ToText(),
                job.Tags,
                job.CreatedAt,
                job.StartedAt,
                job.FinishedAt,
                job.Succeeded + job.Failed,
                job.Total
            ),
            _runs.Environment,
            _runs.All,
            SubmissionText.Of(_settings, job.Tags),
            families,
            [.. ThresholdCheck.Of(_settings.Thresholds, families, isFinal: _rounds.Count == planned)],
            WithOutliers(),
            isolation,
            []
        );
        return report with { Notes = [.. Notes.Of(report, _settings, job.State)] };
    }

    private void EndBlock()
    {
        var broken = LeftOut.Broken(_block, _tallies.Count);
        foreach (var recorded in _block)
            Judge(recorded, broken);
        _block.Clear();
    }

    private void Judge(RecordedRound recorded, string? broken)
    {
        var tally = _tallies[recorded.Strategy];
        var reported = RoundReports.Of(recorded);
        var figure = tally.Measure.FigureOf(reported);
        var leftOut = LeftOut.Of(recorded, isMeasured: figure is not null, broken);
        if (recorded.Round is { } round)
        {
            _runs.Add(round);
            _busy.UnionWith(round.Busy);
            if (leftOut is null)
                tally.Add(round, figure!.Value);
        }

        if (leftOut is { } left)
        {
            tally.LeaveOut();
            _leftOut[left.Cause] = _leftOut.GetValueOrDefault(left.Cause) + 1;
        }

        _rounds.Add(reported with { LeftOut = leftOut?.Words });
    }

    private IEnumerable<FamilyReport> FamiliesOf(BenchmarkSettings settings) =>
        from family in Families.All
        let tallies = _tallies.Values.Where(tally => tally.Family == family).ToList()
        where tallies.Count > 0
        select FamilyReports.Of(family, settings.Baselines[family], tallies, settings.TolerancePercent);

    private IReadOnlyList<RoundReport> WithOutliers()
    {
        var fences = _tallies.ToDictionary(entry => entry.Key, entry => entry.Value.Fences);
        return
        [
            .. _rounds.Select(round =>
                round.LeftOut is null
                && _tallies[round.Strategy].Measure.FigureOf(round) is { } figure
                && fences[round.Strategy].IsOutlier(figure)
                    ? round with
                    {
                        IsOutlier = true,
                    }
                    : round
            ),
        ];
    }
}
