namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary><see cref="Parallel"/> over all numbers, on all cores.</summary>
internal sealed class CpuParallel : IStrategy<CpuWork>
{
    public string Name => "cpu-parallel";

    public bool HasConcurrency => false;

    public Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
    {
        Parallel.For(
            1,
            work.Numbers + 1,
            new ParallelOptions { CancellationToken = cancellationToken },
            static () => 0UL,
            static (number, _, sum) => sum + CpuWork.SumOfSquaresBelow(number),
            work.Add
        );
        return Task.CompletedTask;
    }
}
