namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary>One number after the other, on one thread.</summary>
internal sealed class CpuSequential : IStrategy<CpuWork>
{
    public string Name => "cpu-sequential";

    public bool HasConcurrency => false;

    public Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
    {
        work.Add(CpuWork.SumOf(CpuSlice.All(work), cancellationToken));
        return Task.CompletedTask;
    }
}
