using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>One process's share of a benchmark: it warms up before its first round, and its rounds can be compared.</summary>
internal sealed class BenchmarkRun
{
    private readonly string _id = Guid.CreateVersion7().ToString("N");
    private readonly Job _job;
    private readonly BenchmarkServices _services;
    private readonly RoundRunner _rounds;
    private readonly Dictionary<string, RoundFailure> _refused;
    private bool _isWarm;
    private bool _isDescribed;

    public BenchmarkRun(Job job, BenchmarkSettings settings, BenchmarkServices services)
    {
        _job = job;
        _services = services;
        // The list of hosts may have changed since the job was accepted, and may be another one on this node.
        var refusal = settings
            .Urls.Select(url => RefusalOf(new Uri(url)))
            .FirstOrDefault(failure => failure is not null);
        var contenders = Contender
            .Of(settings)
            .ToLookup(contender => refusal is not null && contender.Strategy.Family == Families.Io);
        _refused = contenders[true].ToDictionary(contender => contender.Settings.Name, _ => refusal!);
        _rounds = new RoundRunner(settings, [.. contenders[false]], services.Calls, services.Hosts.HeadersFor);
    }

    /// <summary>A round as it is recorded, or how it failed.</summary>
    public async Task<RoundOutcome> MeasureAsync(string contender, int block, CancellationToken cancellationToken)
    {
        if (_refused.TryGetValue(contender, out var refusal))
            return RoundOutcome.Failed(refusal);
        if (!_isWarm)
            await _rounds.WarmUpAsync(cancellationToken);
        _isWarm = true;

        var begun = _services.Time.GetTimestamp();
        var outcome = await _rounds.RunAsync(contender, block, cancellationToken);
        if (!outcome.IsMeasured)
            return outcome;
        var busy = await _services.Patience.RunAsync(
            token =>
                _services.Neighbours.QueuesAsync(
                    _job.Key,
                    Environment.MachineName,
                    _services.Time.GetElapsedTime(begun),
                    token
                ),
            cancellationToken
        );
        var environment = _isDescribed ? null : EnvironmentReader.Read();
        _isDescribed = true;
        return RoundOutcome.Measured(outcome.Round with { Run = _id, Busy = busy, Environment = environment });
    }

    private RoundFailure? RefusalOf(Uri url) =>
        _services.Hosts.Refusal(url) is { } refusal
            ? new RoundFailure("host_not_allowed", $"{refusal}.", url.Authority)
            : null;
}
