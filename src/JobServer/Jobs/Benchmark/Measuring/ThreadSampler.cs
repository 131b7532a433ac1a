using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>
/// Watches how many threads the process has: every 10 ms, and closer together at first, for a round may be short. It has a
/// thread of its own, which counts; in the pool it would wait for a turn just when the pool is out of threads.
/// </summary>
internal sealed class ThreadSampler : IDisposable
{
    private const int LongestWait = 10;

    private readonly ThreadCount _count = new();
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;
    private int _peak;

    /// <exception cref="OutOfThreadsException">The system gives none.</exception>
    public ThreadSampler()
    {
        Sample();
        _thread = DedicatedThreads.Start(Watch);
    }

    /// <summary>Looks for the last time.</summary>
    /// <returns>The most threads seen.</returns>
    public int Stop()
    {
        Sample();
        _stop.Set();
        return Volatile.Read(ref _peak);
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
        _count.Dispose();
    }

    private void Watch()
    {
        for (var wait = 1; !_stop.Wait(wait); wait = Math.Min(2 * wait, LongestWait))
            Sample();
    }

    private void Sample()
    {
        var threads = _count.Read();
        for (var peak = Volatile.Read(ref _peak); threads > peak; peak = Volatile.Read(ref _peak))
            Interlocked.CompareExchange(ref _peak, threads, peak);
    }
}
