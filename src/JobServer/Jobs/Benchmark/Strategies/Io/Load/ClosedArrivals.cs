using System.Diagnostics;

namespace JobServer.Jobs.Benchmark.Strategies.Io.Load;

/// <summary>
/// The closed model: a call is due when someone has time for it. After the duration none starts; those under way end.
/// </summary>
internal sealed class ClosedArrivals(LoadSettings load) : IArrivals
{
    private readonly int _count = Math.Min(load.Requests ?? int.MaxValue, load.MaxRequests);
    private long _start;
    private int _taken;

    public void Start() => _start = Stopwatch.GetTimestamp();

    public ValueTask<Arrival?> NextAsync(bool blocking, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = Stopwatch.GetTimestamp();
        if (load.Duration is { } duration && Stopwatch.GetElapsedTime(_start, now) >= duration)
            return default;

        var number = Interlocked.Increment(ref _taken) - 1;
        return number < _count ? new(new Arrival(number, now)) : default;
    }

    public void Dispose() { }
}
