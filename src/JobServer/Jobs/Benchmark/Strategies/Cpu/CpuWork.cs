namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary>
/// For each number n from 1 to the last, the sum of i·i for all i below n, in 64 bits that wrap. The result is the sum of
/// those sums; a unit is a number, and costs n steps.
/// </summary>
internal sealed class CpuWork(int numbers) : IWork
{
    private ulong _sum;

    public static string Family => Families.Cpu;

    /// <summary>The last number.</summary>
    public int Numbers => numbers;

    /// <summary>What has been brought in so far.</summary>
    public ulong Sum => Volatile.Read(ref _sum);

    /// <summary>What must come out: n²(n²-1)/12.</summary>
    private ulong Expected
    {
        get
        {
            var square = (UInt128)numbers * (UInt128)numbers;
            return (ulong)(square * (square - 1) / 12);
        }
    }

    /// <summary>The plain loop: what one number costs where nothing is done about it.</summary>
    public static ulong SumOfSquaresBelow(int number)
    {
        var sum = 0UL;
        for (var i = 0UL; i < (ulong)number; i++)
            sum += i * i;
        return sum;
    }

    /// <summary>That loop for all numbers of a slice.</summary>
    public static ulong SumOf(CpuSlice slice, CancellationToken cancellationToken)
    {
        var sum = 0UL;
        for (var number = slice.First; number <= slice.Last; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sum += SumOfSquaresBelow(number);
        }

        return sum;
    }

    /// <summary>Brings in what some of the numbers came to, from any thread.</summary>
    public void Add(ulong sum) => Interlocked.Add(ref _sum, sum);

    public void Start() { }

    public WorkResult Result() =>
        Sum == Expected
            ? new WorkResult(numbers)
            : new WorkResult(
                0,
                Failure: new RoundFailure(
                    RoundFailure.ResultsDiffer,
                    $"The sum for the numbers 1 to {numbers} is {Expected}; this strategy came to {Sum}."
                )
            );

    public void Dispose() { }
}
