using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Statistics;
using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>The rounds of one contender that count, added up.</summary>
internal sealed class Tally(StrategySettings contender, Measure measure)
{
    private readonly Dictionary<int, double> _figures = [];
    private readonly List<double> _throughput = [];
    private readonly List<double> _wall = [];
    private readonly List<double> _cpuSeconds = [];
    private readonly List<double> _allocatedBytes = [];
    private readonly int[] _collections = new int[3];
    private readonly SortedDictionary<string, long> _errorCodes = new(StringComparer.Ordinal);
    private LatencyHistogram? _latency;
    private int _peakThreads;
    private long _errors;
    private int _leftOut;

    public string Name => contender.Name;

    public string Family { get; } = Families.Of(contender.Strategy);

    public Measure Measure => measure;

    public int Rounds => _figures.Count;

    /// <summary>What its rounds are compared by, by their block.</summary>
    public IReadOnlyDictionary<int, double> Figures => _figures;

    /// <summary>Around those.</summary>
    public Fences Fences => Fences.Of(_figures.Values);

    /// <summary>Notes a round that does not count.</summary>
    public void LeaveOut() => _leftOut++;

    public void Add(Round round, double figure)
    {
        _figures.Add(round.Block, figure);
        _throughput.Add(round.Throughput);
        _wall.Add(round.Wall);
        _cpuSeconds.Add(round.CpuSeconds);
        _allocatedBytes.Add(round.AllocatedBytes);
        for (var generation = 0; generation < _collections.Length; generation++)
            _collections[generation] += round.Collections[generation];
        _peakThreads = Math.Max(_peakThreads, round.PeakThreads);
        _errors += round.Errors;
        foreach (var (code, count) in round.ErrorCodes ?? new Dictionary<string, long>())
            _errorCodes[code] = _errorCodes.GetValueOrDefault(code) + count;
        if (round.Latency is { } latency)
            (_latency ??= new LatencyHistogram()).Add(latency.Histogram);
    }

    /// <param name="ratio">To the baseline; null for the baseline itself, and without a pair of rounds.</param>
    public StrategyReport Report(RatioReport? ratio, string verdict, string explanation)
    {
        var fences = Fences;
        return new StrategyReport(
            Name,
            contender.Strategy,
            contender.Concurrency,
            Rounds,
            _leftOut,
            _figures.Values.Count(fences.IsOutlier),
            Samples.Median(_throughput),
            Samples.Describe(_wall),
            LatencyReports.Of(_latency),
            Samples.Median(_cpuSeconds),
            Samples.Median(_allocatedBytes),
            _collections,
            _peakThreads,
            _errors,
            _errorCodes,
            ratio,
            verdict,
            explanation
        );
    }
}
