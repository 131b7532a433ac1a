using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Cpu;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class CpuStrategyTests
{
    public static TheoryData<string> Names =>
        [.. StrategyTypes.All.OfType<IStrategy<CpuWork>>().Select(strategy => strategy.Name)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Sum_is_that_of_a_naive_loop(string name)
    {
        // Below, at and beyond the widths of vectors, alone and in pairs, and below the number of threads.
        int[] numbers = [.. Enumerable.Range(1, 70), 127, 128, 129, 500, 1000, 4999];
        foreach (var number in numbers)
        {
            foreach (var concurrency in new[] { 1, 2, 3, 16, 50 })
            {
                using var work = new CpuWork(number);

                await Find(name).RunAsync(work, concurrency, Cancel);

                Assert.Equal((number, Naive(number)), (number, work.Sum));
                Assert.Null(work.Result().Failure);
                Assert.Equal(number, work.Result().Units);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void Right_sum_is_known_beforehand_and_no_other_passes(int numbers)
    {
        using var work = new CpuWork(numbers);
        work.Add(Naive(numbers));
        Assert.Null(work.Result().Failure);

        work.Add(1);
        Assert.Equal("results_differ", work.Result().Failure?.Code);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Cancellation_ends_it_in_the_middle(string name)
    {
        // Minutes of work, of which each number is some milliseconds.
        using var work = new CpuWork(2_000_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        stop.CancelAfter(TimeSpan.FromMilliseconds(100));

        var run = Task.Run(() => Find(name).RunAsync(work, 2, stop.Token), Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    private static IStrategy<CpuWork> Find(string name) => (IStrategy<CpuWork>)StrategyTypes.Find(name)!;

    private static ulong Naive(int numbers)
    {
        var (below, sum) = (0UL, 0UL);
        for (var number = 1UL; number <= (ulong)numbers; number++)
        {
            below = unchecked(below + (number - 1) * (number - 1));
            sum = unchecked(sum + below);
        }

        return sum;
    }
}
