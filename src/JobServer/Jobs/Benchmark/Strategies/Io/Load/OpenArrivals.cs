using System.Diagnostics;

namespace JobServer.Jobs.Benchmark.Strategies.Io.Load;

/// <summary>
/// The open model: call i is due i/rate after the start, whatever became of the others. Which calls there are is known
/// beforehand: those due before the duration is over. One that finds nobody with time for it waits, and its latency
/// counts meanwhile; it is made even if the duration ends first, for to drop it would hide the stall that held it up. So
/// a round may last as long as its late calls take, each of them at most the time limit of a call.
/// </summary>
/// <remarks>
/// A thread of its own lets each call go when it is due (<see cref="PreciseWait"/> says how precisely), and never waits
/// for one. A call that starts late counts from when it was due all the same: lateness neither adds up nor hides.
/// </remarks>
internal sealed class OpenArrivals : IArrivals
{
    private readonly SemaphoreSlim _due = new(0);
    private readonly ManualResetEventSlim _started = new(initialState: false, spinCount: 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _pacer;
    private readonly double _ticksPerCall;
    private readonly int _count;
    private long _start;
    private int _taken;

    public OpenArrivals(LoadSettings load)
    {
        _ticksPerCall = Stopwatch.Frequency / load.Rate!.Value;
        _count = CountOf(load);
        // Here, so that starting it is no part of the round.
        _pacer = DedicatedThreads.Start(Pace);
    }

    public void Start()
    {
        _start = Stopwatch.GetTimestamp();
        _started.Set();
    }

    public ValueTask<Arrival?> NextAsync(bool blocking, CancellationToken cancellationToken)
    {
        if (!blocking)
            return AwaitNextAsync(cancellationToken);
        _due.Wait(cancellationToken);
        return new(Take());
    }

    public void Dispose()
    {
        _stop.Cancel();
        _pacer.Join();
        _stop.Dispose();
        _started.Dispose();
        _due.Dispose();
    }

    private async ValueTask<Arrival?> AwaitNextAsync(CancellationToken cancellationToken)
    {
        await _due.WaitAsync(cancellationToken);
        return Take();
    }

    private Arrival? Take()
    {
        var number = Interlocked.Increment(ref _taken) - 1;
        if (number < _count)
            return new Arrival(number, DueAt(number));

        // Whoever learns that it is over lets the next one learn it.
        _due.Release();
        return null;
    }

    /// <summary>Calls whose time comes before the end.</summary>
    private static int CountOf(LoadSettings load)
    {
        var count = Math.Min(load.Requests ?? int.MaxValue, load.MaxRequests);
        return load.Duration is { } duration
            ? (int)Math.Min(count, Math.Ceiling((decimal)load.Rate!.Value * duration.Ticks / TimeSpan.TicksPerSecond))
            : count;
    }

    private long DueAt(int number) => _start + (long)(number * _ticksPerCall);

    private void Pace()
    {
        try
        {
            _started.Wait(_stop.Token);
            for (var number = 0; number < _count; number++)
            {
                PreciseWait.Until(DueAt(number), _stop.Token);
                _due.Release();
            }

            _due.Release();
        }
        catch (OperationCanceledException)
        {
            // The round was broken off.
        }
    }
}
