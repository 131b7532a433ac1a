using System.Numerics;

namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary>One number after the other, several steps of it at once: on one thread, with what SIMD the processor has.</summary>
internal sealed class CpuVectorized : IStrategy<CpuWork>
{
    public string Name => "cpu-vectorized";

    public bool HasConcurrency => false;

    public Task RunAsync(CpuWork work, int concurrency, CancellationToken cancellationToken)
    {
        var sum = 0UL;
        for (var number = 1; number <= work.Numbers; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sum += SumOfSquaresBelow(number);
        }

        work.Add(sum);
        return Task.CompletedTask;
    }

    private static ulong SumOfSquaresBelow(int number)
    {
        // Two sums, for one would have each addition wait for the last.
        var width = Vector<ulong>.Count;
        var step = new Vector<ulong>((ulong)(2 * width));
        var low = Vector<ulong>.Indices;
        var high = low + new Vector<ulong>((ulong)width);
        var lowSum = Vector<ulong>.Zero;
        var highSum = Vector<ulong>.Zero;
        var i = 0;
        for (; i <= number - 2 * width; i += 2 * width)
        {
            lowSum += low * low;
            highSum += high * high;
            low += step;
            high += step;
        }

        var sum = Vector.Sum(lowSum + highSum);
        for (; i < number; i++)
            sum += (ulong)i * (ulong)i;
        return sum;
    }
}
