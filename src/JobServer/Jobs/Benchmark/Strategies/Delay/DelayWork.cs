using System.Diagnostics;
using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Jobs.Benchmark.Strategies.Delay;

/// <summary>So many delays, none shorter than it is said to be; a unit is one of them.</summary>
internal sealed class DelayWork(int delays, TimeSpan delay) : IWork
{
    private readonly LatencyHistogram _latency = new();
    private int _taken;

    public static string Family => Families.Delay;

    /// <summary>Waits for the next delay; false when there is none left.</summary>
    public async ValueTask<bool> DelayNextAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _taken) > delays)
            return false;

        var start = Stopwatch.GetTimestamp();
        // Timers look at a coarse clock, and may come some milliseconds early.
        for (var left = delay; left > TimeSpan.Zero; left = delay - Stopwatch.GetElapsedTime(start))
            await Task.Delay(Math.Max((int)Math.Ceiling(left.TotalMilliseconds), 1), cancellationToken);
        _latency.Record(Stopwatch.GetElapsedTime(start));
        return true;
    }

    public void Start() { }

    public WorkResult Result() => new(_latency.Count, _latency);

    public void Dispose() { }
}
