using Hangfire;
using Hangfire.Common;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>A job that must not go on is told so.</summary>
public sealed class WorkerCancellationTests(BothWorkers workers) : IClassFixture<BothWorkers>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string, bool> Kinds { get; } =
        new()
        {
            { BothWorkers.Library, true },
            { BothWorkers.Library, false },
            { BothWorkers.Async, true },
            { BothWorkers.Async, false },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_job_that_is_deleted_is_cancelled_and_stays_deleted(string queue, bool awaits)
    {
        var (id, gate) = await BegunAsync(queue, awaits);

        new BackgroundJobClient(workers.Storage).Delete(id);

        await gate.Cancelled.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await workers.LeavesQueueAsync(id);
        Assert.Equal(["Enqueued", "Processing", "Deleted"], await NamesAsync(id));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_job_that_is_queued_again_while_it_runs_is_cancelled_and_runs_again(string queue, bool awaits)
    {
        var (id, gate) = await BegunAsync(queue, awaits);

        new BackgroundJobClient(workers.Storage).Requeue(id);

        await gate.Cancelled.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await workers.EndAsync(id);
        Assert.Equal(["Enqueued", "Processing", "Enqueued", "Processing", "Succeeded"], await NamesAsync(id));
    }

    private async Task<(string Id, Gated.Gate Gate)> BegunAsync(string queue, bool awaits)
    {
        var key = Guid.NewGuid().ToString();
        var id = workers.Enqueue(
            queue,
            awaits
                ? Job.FromExpression(() => Gated.UntilCancelled(key, CancellationToken.None), queue)
                : Job.FromExpression(() => Gated.UntilTold(key, JobCancellationToken.Null), queue)
        );
        await Gated.Of(key).Begun.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        return (id, Gated.Of(key));
    }

    private async Task<List<string>> NamesAsync(string id) =>
        (await workers.HistoryAsync(id)).ConvertAll(state => state.Split(' ')[0]);
}
