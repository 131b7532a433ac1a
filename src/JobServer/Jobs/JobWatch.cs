using JobServer.Ledger;
using Npgsql;

namespace JobServer.Jobs;

/// <summary>
/// Follows every job somebody in this process waits for or works on, with one query for all: where it stands, and
/// whether the chunks held here are still ours. Looks at once at jobs that were signalled, and from time to time at all,
/// for a signal may be lost. Asks nothing while nobody watches.
/// </summary>
internal sealed partial class JobWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan IntervalWithoutSignals = TimeSpan.FromMilliseconds(250);

    // Bounds the queries of a burst of signals.
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(50);

    private readonly Overdue _overdue;
    private readonly ChunkStore _chunks;
    private readonly Signals _signals;
    private readonly TimeProvider _time;
    private readonly ILogger<JobWatch> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, List<Watch>> _watches = [];
    private readonly HashSet<Guid> _signalled = [];
    private readonly Bell _bell = new();
    private long _looked;
    private long _lookedAtAll;

    public JobWatch(Overdue overdue, ChunkStore chunks, Signals signals, TimeProvider time, ILogger<JobWatch> logger)
    {
        (_overdue, _chunks, _signals, _time, _logger) = (overdue, chunks, signals, time, logger);
        signals.JobSignalled += LookAt;
        signals.QueueSignalled += _ => LookAt(Guid.Empty);
    }

    /// <summary>Follows a job until disposed.</summary>
    public Watch Follow(JobKey job)
    {
        var watch = new Watch(this, job, _time);
        lock (_gate)
        {
            if (!_watches.TryGetValue(job.Id, out var others))
                _watches[job.Id] = others = [];
            others.Add(watch);
        }

        LookAt(job.Id);
        return watch;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (true)
        {
            await _bell.WaitAsync(UntilNextLook(), stoppingToken);
            if (Spacing - _time.GetElapsedTime(_looked) is var rest && rest > TimeSpan.Zero)
                await Task.Delay(rest, _time, stoppingToken);
            var isAtAll = UntilNextLook() == TimeSpan.Zero;
            var watches = Due(isAtAll);
            if (watches.Count == 0)
                continue;
            _looked = _time.GetTimestamp();
            if (isAtAll)
                _lookedAtAll = _looked;
            try
            {
                await LookAsync(watches, isAtAll, stoppingToken);
                isAway = false;
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                if (!isAway)
                    _logger.DatabaseAway("The watch of running jobs", exception);
                isAway = true;
                await Task.Delay(IntervalWithoutSignals, _time, stoppingToken);
            }
        }
    }

    private void LookAt(Guid job)
    {
        lock (_gate)
        {
            if (job == Guid.Empty)
                _signalled.UnionWith(_watches.Keys);
            else if (_watches.ContainsKey(job))
                _signalled.Add(job);
            if (_signalled.Count == 0)
                return;
        }

        _bell.Ring();
    }

    private TimeSpan UntilNextLook()
    {
        lock (_gate)
        {
            if (_watches.Count == 0)
                return Timeout.InfiniteTimeSpan;
        }

        var rest = (_signals.IsListening ? Interval : IntervalWithoutSignals) - _time.GetElapsedTime(_lookedAtAll);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <summary>The watches to look for; those of signalled jobs, or all.</summary>
    private List<Watch> Due(bool isAtAll)
    {
        lock (_gate)
        {
            List<Watch> due = isAtAll
                ? [.. _watches.Values.SelectMany(watches => watches)]
                : [.. _signalled.SelectMany(job => _watches.GetValueOrDefault(job) ?? [])];
            _signalled.Clear();
            return due;
        }
    }

    private async Task LookAsync(List<Watch> watches, bool withFences, CancellationToken cancellationToken)
    {
        var ids = watches.Select(watch => watch.Job.Id).Distinct().ToArray();
        var seen = (await _overdue.WatchAsync(ids, cancellationToken)).ToDictionary(job => job.Id);
        HeldChunk[] held = withFences ? [.. watches.SelectMany(watch => watch.Held)] : [];
        var fenced = held.Length == 0 ? [] : await _chunks.FencedAsync(held, cancellationToken);
        foreach (var watch in watches)
        {
            if (fenced.Any(watch.Holds))
                watch.Fence();
            watch.See(seen.GetValueOrDefault(watch.Job.Id));
        }
    }

    private void Forget(Watch watch)
    {
        lock (_gate)
        {
            if (
                _watches.TryGetValue(watch.Job.Id, out var watches)
                && watches.Remove(watch)
                && watches.Count == 0
                && _watches.Remove(watch.Job.Id)
            )
                _signalled.Remove(watch.Job.Id);
        }
    }
}
