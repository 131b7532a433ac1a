using Hangfire;
using Hangfire.States;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Jobs that wait for others.</summary>
public sealed class ContinuationTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Continuations_of_a_job_that_is_to_run_start_once_it_has_succeeded(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        var parent = client.Enqueue(() => Hold(key + ":parent"));
        var before = Enumerable.Range(0, 10).Select(_ => client.ContinueJobWith(parent, () => Run(key))).ToList();
        var nested = client.ContinueJobWith(before[0], () => Run(key));
        Assert.Equal("Awaiting", rows.HistoryOf(nested));

        using var server = Serve(kind);
        await RanAsync(key + ":parent");
        var during = client.ContinueJobWith(parent, () => Run(key));
        Assert.Equal("Awaiting", rows.HistoryOf(during));
        Assert.Equal(0, RunsOf(key));
        Open(key + ":parent");
        await rows.ReachesAsync(parent, SucceededState.StateName);
        var after = client.ContinueJobWith(parent, () => Run(key));

        foreach (var id in (List<string>)[.. before, nested, during, after])
            await rows.ReachesAsync(id, SucceededState.StateName);
        Assert.Equal(13, RunsOf(key));
        Assert.Equal("Enqueued Processing Succeeded", rows.HistoryOf(parent));
        Assert.All(
            [.. before, nested, during, after],
            id => Assert.Equal("Awaiting Enqueued Processing Succeeded", rows.HistoryOf(id))
        );
        Assert.Empty(rows.Read("select value from set where key = 'awaiting'"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Continuation_of_a_failing_job_waits_for_success_or_deletion(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);
        var parent = client.Enqueue(() => Fail(key + ":parent"));
        await rows.ReachesAsync(parent, FailedState.StateName);

        var onSuccess = client.ContinueJobWith(parent, () => Run(key));
        var onAny = client.ContinueJobWith(parent, () => Run(key), JobContinuationOptions.OnAnyFinishedState);
        var onDeletion = client.ContinueJobWith(parent, () => Run(key), JobContinuationOptions.OnlyOnDeletedState);
        Assert.Equal("Awaiting Awaiting", $"{rows.HistoryOf(onSuccess)} {rows.HistoryOf(onAny)}");
        Assert.True(client.Delete(parent));

        await rows.ReachesAsync(onAny, SucceededState.StateName);
        await rows.ReachesAsync(onDeletion, SucceededState.StateName);
        Assert.Equal("Awaiting Deleted", rows.HistoryOf(onSuccess));
        Assert.Equal("Continuation condition was not met", rows.ReasonOf(onSuccess));
        Assert.Equal(2, RunsOf(key));

        var late = client.ContinueJobWith(parent, () => Run(key));
        var lateAny = client.ContinueJobWith(parent, () => Run(key), JobContinuationOptions.OnAnyFinishedState);
        Assert.Equal("Awaiting Deleted", rows.HistoryOf(late));
        await rows.ReachesAsync(lateAny, SucceededState.StateName);
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Continuation_gets_the_result_and_may_wait_in_any_state(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        var parent = client.Enqueue(() => Answer(key));
        var heard = client.ContinueJobWith(parent, () => Run(key));
        var later = client.ContinueJobWith(
            parent,
            () => Run(key + ":later"),
            new ScheduledState(TimeSpan.FromMilliseconds(100))
        );

        using var server = Serve(kind);
        await rows.ReachesAsync(heard, SucceededState.StateName);
        await rows.ReachesAsync(later, SucceededState.StateName);
        using var connection = Storages[kind].GetConnection();
        Assert.Equal($"\"answer to {key}\"", connection.GetJobParameter(heard, "AntecedentResult"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Continuation_of_nothing_is_refused(StorageKind kind)
    {
        var key = NewKey();
        var fault = Assert.Throws<BackgroundJobClientException>(() =>
            Client(kind).ContinueJobWith("987654321", () => Run(key))
        );
        Assert.IsType<InvalidOperationException>(fault.InnerException);
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Continuations_added_by_many_at_once_are_all_run(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);
        var parents = Enumerable.Range(0, 5).Select(_ => Client(kind).Enqueue(() => Run(key))).ToArray();
        var children = new System.Collections.Concurrent.ConcurrentBag<string>();

        Parallel.For(
            0,
            40,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            i => children.Add(Client(kind).ContinueJobWith(parents[i % parents.Length], () => Run(key)))
        );

        foreach (var child in children)
            await rows.ReachesAsync(child, SucceededState.StateName);
        Assert.Equal(45, RunsOf(key));
    }
}
