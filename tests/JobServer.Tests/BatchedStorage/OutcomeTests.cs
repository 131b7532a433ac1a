using JobServer.BatchedStorage.Writing;

namespace JobServer.Tests.BatchedStorage;

public sealed class OutcomeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_blocks_and_who_awaits_are_told_of_success()
    {
        var outcome = new Outcome();
        var blocked = Task.Run(outcome.Wait, Cancel);
        var awaited = outcome.Task;
        Assert.False(awaited.IsCompleted);

        Assert.True(outcome.Set(exception: null));
        outcome.Release();

        await blocked.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await awaited.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task Both_are_told_of_failure_however_late_they_ask()
    {
        var outcome = new Outcome();
        var failure = new InvalidOperationException("Why.");

        outcome.Set(failure);

        Assert.Same(failure, Assert.Throws<InvalidOperationException>(outcome.Wait));
        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => outcome.Task));
    }

    [Fact]
    public void Only_the_first_word_counts()
    {
        var outcome = new Outcome();
        outcome.Set(exception: null);
        outcome.Set(new InvalidOperationException());

        outcome.Wait();
    }
}
