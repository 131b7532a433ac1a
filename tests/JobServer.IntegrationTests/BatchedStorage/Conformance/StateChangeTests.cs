using Hangfire;
using Hangfire.States;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Retries, deletions and requeues.</summary>
public sealed class StateChangeTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Failed_job_is_retried_as_often_as_it_may_be(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);

        var never = client.Enqueue(() => Fail(key));
        var atOnce = client.Enqueue(() => FailAtOnce(key + ":at once"));
        var later = client.Enqueue(() => FailOnce(key + ":later"));
        var gone = client.Enqueue(() => FailAndGo(key + ":gone"));

        await rows.ReachesAsync(never, FailedState.StateName);
        await rows.ReachesAsync(atOnce, FailedState.StateName);
        await rows.ReachesAsync(later, SucceededState.StateName);
        await rows.ReachesAsync(gone, DeletedState.StateName);
        Assert.Equal("Enqueued Processing Failed", rows.HistoryOf(never));
        Assert.Equal(
            "Enqueued Processing Failed Enqueued Processing Failed Enqueued Processing Failed",
            rows.HistoryOf(atOnce)
        );
        Assert.Equal("Enqueued Processing Failed Scheduled Enqueued Processing Succeeded", rows.HistoryOf(later));
        Assert.Equal("Enqueued Processing Failed Enqueued Processing Failed Deleted", rows.HistoryOf(gone));
        using var connection = Storages[kind].GetConnection();
        Assert.Equal("2", connection.GetJobParameter(atOnce, "RetryCount"));
        Assert.Empty(rows.Read("select value from set where key = 'retries'"));
        Assert.Equal("True", rows.One("select expireat is null from job where id = $1", StorageRows.Number(never)));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Job_is_deleted_and_requeued_from_every_state(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        string parent,
            enqueued,
            scheduled,
            awaiting,
            succeeded,
            failed,
            deleted;
        using (Serve(kind))
        {
            succeeded = client.Enqueue(() => Run(key));
            failed = client.Enqueue(() => Fail(key));
            await rows.ReachesAsync(succeeded, SucceededState.StateName);
            await rows.ReachesAsync(failed, FailedState.StateName);
        }

        parent = client.Schedule(() => Run(key), TimeSpan.FromHours(1));
        scheduled = client.Schedule(() => Run(key), TimeSpan.FromHours(1));
        awaiting = client.ContinueJobWith(parent, () => Run(key));
        enqueued = client.Create(() => Run(key), new EnqueuedState("later"));
        deleted = client.Create(() => Run(key), new EnqueuedState("later"));
        Assert.True(client.Delete(deleted));

        string[] all = [enqueued, scheduled, awaiting, succeeded, failed, deleted];
        foreach (var id in all)
        {
            Assert.False(client.Delete(id, "Other"));
            Assert.False(client.Requeue(id, "Other"));
            Assert.True(client.Delete(id, rows.StateOf(id)));
            Assert.Equal("Deleted", rows.StateOf(id));
            Assert.Equal("True", rows.One("select expireat > now() from job where id = $1", StorageRows.Number(id)));
            Assert.True(client.Requeue(id));
            Assert.Equal("Enqueued", rows.StateOf(id));
            Assert.Equal("True", rows.One("select expireat is null from job where id = $1", StorageRows.Number(id)));
        }

        Assert.False(client.Delete("987654321"));
        Assert.False(client.Requeue("987654321"));
        using (Serve(kind, "default", "later"))
        {
            foreach (var id in all.Except([failed]))
                await rows.ReachesAsync(id, SucceededState.StateName);
            await rows.ReachesAsync(failed, FailedState.StateName);
            await StorageRows.ComesAsync(() => all.All(id => rows.QueueOf(id).Length == 0), () => "in the queue still");
        }

        Assert.Equal("Scheduled Deleted Enqueued Processing Succeeded", rows.HistoryOf(scheduled));
        Assert.Equal("Awaiting Deleted Enqueued Processing Succeeded", rows.HistoryOf(awaiting));
        Assert.Equal("Enqueued Processing Succeeded Deleted Enqueued Processing Succeeded", rows.HistoryOf(succeeded));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Running_job_that_is_deleted_is_aborted(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);
        var byToken = client.Enqueue(() => HoldUntilAborted(key, CancellationToken.None));
        var byOldToken = client.Enqueue(() => HoldByOldToken(key, null!));
        await RanAsync(key, 2);

        Assert.True(client.Delete(byToken));
        Assert.True(client.Delete(byOldToken, ProcessingState.StateName));

        await RanAsync(key + ":aborted", 2);
        await StorageRows.ComesAsync(
            () => (rows.QueueOf(byToken) + rows.QueueOf(byOldToken)).Length == 0,
            () => "in the queue still"
        );
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(byToken));
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(byOldToken));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Running_job_that_is_deleted_and_does_not_look_stays_deleted(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);
        var id = client.Enqueue(() => Hold(key));
        await RanAsync(key);

        Assert.True(client.Delete(id));
        Open(key);

        await StorageRows.ComesAsync(() => rows.QueueOf(id).Length == 0, () => "in the queue still");
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(id));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Running_job_that_is_requeued_runs_again(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);
        var id = client.Enqueue(() => Hold(key));
        await RanAsync(key);

        Assert.True(client.Requeue(id));
        await RanAsync(key, 2);
        Open(key);
        Open(key);

        await rows.ReachesAsync(id, SucceededState.StateName);
        await StorageRows.ComesAsync(() => rows.QueueOf(id).Length == 0, () => "in the queue still");
        Assert.Equal("Enqueued Processing Enqueued Processing Succeeded", rows.HistoryOf(id));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Server_that_stops_gives_its_job_back(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        string id;
        using (Serve(kind))
        {
            id = client.Enqueue(() => HoldUntilAborted(key, CancellationToken.None));
            await RanAsync(key);
        }

        Assert.Equal("default", rows.QueueOf(id));
        Assert.Equal(
            "True",
            rows.One("select fetchedat is null from jobqueue where jobid = $1", StorageRows.Number(id))
        );
        using var next = Serve(kind);
        await RanAsync(key, 2);
        Assert.Equal("Enqueued Processing Processing", rows.HistoryOf(id));
        Assert.True(client.Delete(id));
        await RanAsync(key + ":aborted", 2);
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Changes_of_many_at_once_leave_one_history(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var id = Client(kind).Create(() => Run(key), new EnqueuedState("nobody"));

        Parallel.For(
            0,
            12,
            new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Cancel },
            i =>
            {
                if (i % 2 == 0)
                    Client(kind).Delete(id, EnqueuedState.StateName);
                else
                    Client(kind).Requeue(id, DeletedState.StateName);
            }
        );

        var history = rows.HistoryOf(id).Split(' ');
        for (var i = 0; i < history.Length; i++)
            Assert.Equal(i % 2 == 0 ? "Enqueued" : "Deleted", history[i]);
        Assert.Equal(history[^1], rows.StateOf(id));
    }
}
