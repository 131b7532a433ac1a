namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary>A slice of the numbers on each of so many threads, which are made in the round.</summary>
internal sealed class CpuThreads : IStrategy<CpuWork>
{
    public string Name => "cpu-threads";

    public bool HasConcurrency => true;

    public Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
    {
        var slices = CpuSlice.Cut(work.Numbers, Math.Min(concurrency, work.Numbers));
        return DedicatedThreads.RunAsync(
            slices.Length,
            number => work.Add(CpuWork.SumOf(slices[number], cancellationToken))
        );
    }
}
