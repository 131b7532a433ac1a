using System.Transactions;
using Hangfire;
using Hangfire.States;
using JobServer.BatchedStorage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>In a transaction of the caller's.</summary>
public sealed class ScopeTests(BothStorages storages) : ConformanceTests(storages)
{
    public static TheoryData<StorageKind, bool, TransactionScopeAsyncFlowOption> Cases { get; } =
    [
        .. from kind in Enum.GetValues<StorageKind>()
        from completes in (bool[])[true, false]
        from flow in Enum.GetValues<TransactionScopeAsyncFlowOption>()
        select (kind, completes, flow),
    ];

    [Theory, MemberData(nameof(Cases))]
    public async Task What_is_done_in_a_scope_is_done_with_it_or_not_at_all(
        StorageKind kind,
        bool completes,
        TransactionScopeAsyncFlowOption flow
    )
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        using var server = Serve(kind);
        var deleted = client.Create(() => Run(key), new EnqueuedState("nobody"));
        var parent = client.Create(() => Run(key), new EnqueuedState("nobody"));
        string enqueued,
            child;
        var options = new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted };
        using (var scope = new TransactionScope(TransactionScopeOption.Required, options, flow))
        {
            enqueued = client.Enqueue(() => Run(key));
            child = client.ContinueJobWith(parent, () => Run(key));
            Assert.True(client.Delete(deleted));
            new RecurringJobManager(Storages[kind]).AddOrUpdate(key, () => Run(key), Cron.Never);
            using (var connection = Storages[kind].GetConnection())
            {
                connection.SetJobParameter(parent, "A", "1");
                Assert.Equal("1", connection.GetJobParameter(parent, "A"));
                Assert.Equal("Awaiting", connection.GetStateData(child).Name);
            }

            Assert.Equal("-", rows.StateOf(enqueued));
            Assert.Equal("Enqueued", rows.StateOf(deleted));
            if (completes)
                scope.Complete();
        }

        if (completes)
        {
            await rows.ReachesAsync(enqueued, SucceededState.StateName);
            Assert.Equal("Deleted|Awaiting", $"{rows.StateOf(deleted)}|{rows.StateOf(child)}");
            Assert.True(client.Delete(parent));
            await rows.ReachesAsync(child, DeletedState.StateName);
        }
        else
        {
            Assert.Equal("-|Enqueued|-", $"{rows.StateOf(enqueued)}|{rows.StateOf(deleted)}|{rows.StateOf(child)}");
            Assert.Equal(0, RunsOf(key));
            Assert.Empty(
                rows.Read("select 1 from jobparameter where jobid = $1 and name = 'A'", StorageRows.Number(parent))
            );
        }

        Assert.Equal(
            completes ? "1" : "0",
            rows.One("select count(*) from set where key = 'recurring-jobs' and value = $1", key)
        );
    }

    [Theory, InlineData(TransactionScopeAsyncFlowOption.Enabled), InlineData(TransactionScopeAsyncFlowOption.Suppress)]
    public async Task Storage_that_is_first_used_in_a_scope_goes_on_after_it(TransactionScopeAsyncFlowOption flow)
    {
        var (key, rows) = (NewKey(), Rows(StorageKind.Batched));
        using var storage = new BatchedPostgreSqlStorage(
            Storages.ConnectionString,
            new BatchedStorageOptions { PrepareSchema = false }
        );
        using (new TransactionScope(TransactionScopeOption.Required, TimeSpan.FromMinutes(1), flow))
        {
            new BackgroundJobClient(storage).Enqueue(() => Run(key));
            using var connection = storage.GetConnection();
            connection.AcquireDistributedLock(key, TimeSpan.Zero).Dispose();
        }

        using var server = new RunningServer(storage);
        await rows.ReachesAsync(new BackgroundJobClient(storage).Enqueue(() => Run(key)), SucceededState.StateName);
        Assert.Equal(1, RunsOf(key));
    }
}
