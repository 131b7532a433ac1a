using System.Collections.Concurrent;
using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>Counts the calls of one round, from any thread.</summary>
internal sealed class CallTally
{
    private readonly LatencyHistogram _latency = new();
    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);
    private long _succeeded;
    private Page? _different;

    public void Add(Page page, PageOutcome outcome, TimeSpan latency)
    {
        _latency.Record(latency);
        if (outcome.Fault is { } fault)
            _failures
                .GetOrAdd(fault.Code, static (_, first) => new Failures(first.Detail, first.page), (fault.Detail, page))
                .Add();
        else if (outcome == PageOutcome.Different)
            Interlocked.CompareExchange(ref _different, page, null);
        else
            Interlocked.Increment(ref _succeeded);
    }

    public WorkResult Result() =>
        new(
            _succeeded,
            _latency,
            _failures.ToDictionary(failures => failures.Key, failures => failures.Value.Count),
            Failure()
        );

    private RoundFailure? Failure()
    {
        if (_different is { } page)
        {
            return new RoundFailure(
                RoundFailure.ResultsDiffer,
                $"{page.Url.OriginalString} did not answer what it answered first in this run.",
                page.Url.Authority
            );
        }

        if (_succeeded > 0)
            return null;
        if (_failures.IsEmpty)
            return new RoundFailure("no_calls", "The round was over before a call could start.");

        var (code, most) = _failures.MaxBy(failures => (failures.Value.Count, failures.Key));
        return new RoundFailure(
            code,
            $"None of the {_latency.Count} calls succeeded. Most often: {most.Detail}",
            most.First.Url.Authority
        );
    }

    /// <summary>Calls that failed with one code.</summary>
    /// <param name="detail">Of the first.</param>
    private sealed class Failures(string detail, Page first)
    {
        private long _count;

        public string Detail => detail;

        public Page First => first;

        public long Count => Volatile.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }
}
