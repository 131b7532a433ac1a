using System.Diagnostics;
using System.Runtime.InteropServices;

namespace JobServer.Jobs.Benchmark.Strategies.Io.Load;

/// <summary>
/// Waits for a moment without burning a core. It is never early, and late by what the system makes of a sleep: on Linux
/// and macOS some 0.1 ms where a core is free, elsewhere up to a tick of the system's timer (15.6 ms on Windows).
/// </summary>
internal static class PreciseWait
{
    /// <summary>What is left to the finer clock, and so how late a cancellation may be: .NET waits in milliseconds.</summary>
    private static readonly TimeSpan Fine = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <param name="timestamp">Of the <see cref="Stopwatch"/>.</param>
    public static void Until(long timestamp, CancellationToken cancellationToken)
    {
        for (var now = Stopwatch.GetTimestamp(); now < timestamp; now = Stopwatch.GetTimestamp())
        {
            var left = Stopwatch.GetElapsedTime(now, timestamp);
            if (left > Fine)
                cancellationToken.WaitHandle.WaitOne(left - Fine);
            else if (OperatingSystem.IsWindows())
                cancellationToken.WaitHandle.WaitOne(Shortest);
            else
                Sleep(left);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void Sleep(TimeSpan time)
    {
        // A signal ends it early; the caller looks at the clock again.
        var wanted = new TimeSpec(0, (nint)(time.Ticks * TimeSpan.NanosecondsPerTick));
        _ = NanoSleep(in wanted, 0);
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec wanted, nint left);

    /// <summary>Below a second, which is all that is asked for.</summary>
    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
