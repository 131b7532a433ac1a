using System.Diagnostics;
using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Tests.Jobs.Benchmark.Measuring;

[Collection(Alone.Name)]
public sealed class RoundMeterTests
{
    /// <summary>More than all other tests leave to the process; threads of the pool come and go meanwhile.</summary>
    private const int ManyThreads = 400;

    private readonly RoundMeter _meter = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Time_of_the_round_and_of_the_processor_is_measured()
    {
        var before = TimeProvider.System.GetUtcNow();

        var figures = await _meter.MeasureAsync(() => Spin(TimeSpan.FromSeconds(0.2)));

        Assert.InRange(figures.Wall.TotalSeconds, 0.2, 60);
        Assert.InRange(figures.Cpu.TotalSeconds, 0.05, 60 * Environment.ProcessorCount);
        Assert.InRange(figures.StartedAt, before, TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task Bytes_and_collections_of_the_round_are_counted()
    {
        var figures = await _meter.MeasureAsync(() =>
        {
            for (var i = 0; i < 100; i++)
                GC.KeepAlive(new byte[100_000]);
            GC.Collect(2);
            GC.Collect(2);
            return Task.CompletedTask;
        });

        Assert.InRange(figures.AllocatedBytes, 10_000_000, 10_000_000_000);
        Assert.Equal(3, figures.Collections.Length);
        Assert.All(figures.Collections, count => Assert.InRange(count, 2, 1000));
    }

    [Fact]
    public async Task What_was_garbage_before_is_gone_when_the_round_begins()
    {
        var (garbage, alive) = (Garbage(), true);

        await _meter.MeasureAsync(() =>
        {
            alive = garbage.IsAlive;
            return Task.CompletedTask;
        });

        Assert.False(alive);
    }

    [Fact]
    public async Task Threads_that_live_within_the_round_alone_are_seen()
    {
        using var end = new ManualResetEventSlim();

        var figures = await _meter.MeasureAsync(async () =>
        {
            var threads = Start(ManyThreads, end);
            await Task.Delay(TimeSpan.FromMilliseconds(500), Cancel);
            end.Set();
            threads.ForEach(thread => thread.Join());
        });

        Assert.InRange(figures.PeakThreads, ManyThreads, 10_000);
    }

    [Fact]
    public void Threads_are_counted_as_the_system_counts_them()
    {
        using var count = new ThreadCount();
        using var end = new ManualResetEventSlim();
        Assert.InRange(count.Read(), 1, ManyThreads - 1);
        var threads = Start(ManyThreads, end);

        try
        {
            using var process = Process.GetCurrentProcess();
            Assert.InRange(count.Read(), ManyThreads, 10_000);
            Assert.InRange(count.Read(), process.Threads.Count - 30, process.Threads.Count + 30);
        }
        finally
        {
            end.Set();
            threads.ForEach(thread => thread.Join());
        }
    }

    private static List<Thread> Start(int count, ManualResetEventSlim end)
    {
        var threads = Enumerable.Range(0, count).Select(_ => new Thread(() => end.Wait(Cancel))).ToList();
        threads.ForEach(thread => thread.Start());
        return threads;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Garbage() => new(new byte[100]);

    private static Task Spin(TimeSpan time)
    {
        var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        while (Stopwatch.GetElapsedTime(start) < time || Environment.CpuUsage.TotalTime - cpu < time / 4) { }
        return Task.CompletedTask;
    }
}
