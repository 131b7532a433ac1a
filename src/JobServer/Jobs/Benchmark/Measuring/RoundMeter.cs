using System.Diagnostics;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>What a stretch of work took, of the whole process.</summary>
/// <param name="Collections">Of generation 0, 1 and 2.</param>
internal sealed record RoundFigures(
    DateTimeOffset StartedAt,
    TimeSpan Wall,
    TimeSpan Cpu,
    long AllocatedBytes,
    int[] Collections,
    int PeakThreads
);

/// <summary>Measures rounds. Each begins with a heap on which nothing is left to collect.</summary>
internal sealed class RoundMeter(TimeProvider time)
{
    /// <param name="run">The round; all that measuring needs is made before it.</param>
    public async Task<RoundFigures> MeasureAsync(Func<Task> run)
    {
        var collections = new int[GC.MaxGeneration + 1];
        CollectGarbage();
        using var threads = new ThreadSampler();

        var startedAt = time.GetUtcNow();
        for (var generation = 0; generation < collections.Length; generation++)
            collections[generation] = GC.CollectionCount(generation);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = CpuTime();
        var start = Stopwatch.GetTimestamp();

        await run();

        var wall = Stopwatch.GetElapsedTime(start);
        cpu = CpuTime() - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        for (var generation = 0; generation < collections.Length; generation++)
            collections[generation] = GC.CollectionCount(generation) - collections[generation];
        return new RoundFigures(startedAt, wall, cpu, allocated, collections, threads.Stop());
    }

    private static TimeSpan CpuTime() => Environment.CpuUsage.TotalTime;

    /// <summary>What one round leaves behind is not for the next to clear away.</summary>
    private static void CollectGarbage()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
    }
}
