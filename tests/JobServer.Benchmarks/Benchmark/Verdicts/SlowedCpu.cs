using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Cpu;

namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary><c>cpu-sequential</c> made 10 % slower: it takes a tenth of the steps once more, for nothing.</summary>
internal sealed class SlowedCpu : IStrategy<CpuWork>
{
    // A number costs as many steps as it is high, so all up to m cost m²/2: a tenth of that is what those up to √0.1·m cost.
    private static readonly double Again = Math.Sqrt(0.1);

    private readonly CpuSequential _plain = new();
    private ulong _wasted;

    public string Name => "cpu-slowed";

    public bool HasConcurrency => false;

    public async Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
    {
        await _plain.RunAsync(work, concurrency, cancellationToken);
        var last = (int)Math.Round(work.Numbers * Again);
        // Kept, so that no compiler finds it useless.
        _wasted += CpuWork.SumOf(new CpuSlice(1, last), cancellationToken);
    }
}
