using System.Diagnostics;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Delay;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class DelayStrategyTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(7);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("delay-sequential", 1, 30)]
    [InlineData("delay-async", 1, 30)]
    [InlineData("delay-async", 4, 8)] // four at a time, and two that are left
    [InlineData("delay-async", 100, 1)]
    public async Task Every_delay_is_waited_for_and_no_more_at_once_than_allowed(
        string name,
        int concurrency,
        int turns
    )
    {
        using var work = new DelayWork(30, Delay);
        var start = Stopwatch.GetTimestamp();

        await Find(name).RunAsync(work, concurrency, Cancel);

        Assert.True(Stopwatch.GetElapsedTime(start) >= turns * Delay);
        var result = work.Result();
        Assert.Equal((30, 30), (result.Units, result.Latency!.Count));
        Assert.InRange(result.Latency.ValueAt(0)!.Value, Delay.TotalSeconds, 10);
    }

    [Theory]
    [InlineData("delay-sequential")]
    [InlineData("delay-async")]
    public async Task Cancellation_ends_it_in_the_middle(string name)
    {
        using var work = new DelayWork(10, TimeSpan.FromHours(1));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var run = Find(name).RunAsync(work, 3, stop.Token);
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    private static IStrategy<DelayWork> Find(string name) => (IStrategy<DelayWork>)StrategyTypes.Find(name)!;
}
