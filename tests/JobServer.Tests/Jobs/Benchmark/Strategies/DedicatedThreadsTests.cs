using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class DedicatedThreadsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_number_has_a_thread_of_its_own_and_all_run_at_once()
    {
        using var all = new Barrier(20);
        var threads = new (int Id, bool IsOfPool)[20];

        await DedicatedThreads.RunAsync(
            20,
            number =>
            {
                threads[number] = (Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread);
                Assert.True(all.SignalAndWait(TimeSpan.FromSeconds(10), Cancel));
            }
        );

        Assert.Equal(20, threads.Select(thread => thread.Id).Distinct().Count());
        Assert.All(threads, thread => Assert.False(thread.IsOfPool));
    }

    [Fact]
    public async Task Failure_of_one_is_told_after_all_have_ended()
    {
        var ended = 0;

        await Assert.ThrowsAsync<TimeoutException>(() =>
            DedicatedThreads.RunAsync(
                5,
                number =>
                {
                    Interlocked.Increment(ref ended);
                    if (number == 2)
                        throw new TimeoutException();
                }
            )
        );

        Assert.Equal(5, ended);
    }
}
