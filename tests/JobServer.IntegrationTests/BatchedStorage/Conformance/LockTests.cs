using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

public sealed class LockTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Lock_keeps_others_out_and_may_be_taken_again_by_its_connection(StorageKind kind)
    {
        var name = NewKey();
        using var holder = Storages[kind].GetConnection();
        using var other = Storages[kind].GetConnection();

        using (holder.AcquireDistributedLock(name, TimeSpan.Zero))
        {
            holder.AcquireDistributedLock(name, TimeSpan.Zero).Dispose();
            Assert.ThrowsAny<DistributedLockTimeoutException>(() => other.AcquireDistributedLock(name, TimeSpan.Zero));
        }

        other.AcquireDistributedLock(name, TimeSpan.FromSeconds(10)).Dispose();
        Assert.Throws<ArgumentNullException>(() => other.AcquireDistributedLock(null!, TimeSpan.Zero));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Lock_of_a_job_keeps_others_out_and_what_is_written_under_it_is_kept(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var (id, second) = (Scheduled(kind, key), Scheduled(kind, key));
        using var holder = Storages[kind].GetConnection();
        using var other = Storages[kind].GetConnection();
        var wait = TimeSpan.FromMilliseconds(100);

        using (holder.AcquireDistributedJobLock(id, wait))
        {
            using (other.AcquireDistributedJobLock(second, wait))
            {
                // One that cannot be had costs none of those that are held.
                Assert.ThrowsAny<DistributedLockTimeoutException>(() => holder.AcquireDistributedJobLock(second, wait));
                Assert.ThrowsAny<DistributedLockTimeoutException>(() => other.AcquireDistributedJobLock(id, wait));
            }

            using (holder.AcquireDistributedJobLock(id, wait))
                holder.SetJobParameter(id, "A", "1");
            Assert.Equal("1", holder.GetJobParameter(id, "A"));
            Assert.Throws<Npgsql.PostgresException>(() => holder.SetJobParameter(id, "B", "a\0b"));
            Assert.ThrowsAny<DistributedLockTimeoutException>(() => other.AcquireDistributedJobLock(id, wait));
            using var transaction = holder.CreateWriteTransaction();
            transaction.SetJobState(id, new DeletedState());
            transaction.Commit();
        }

        Assert.Equal("Scheduled Deleted", rows.HistoryOf(id));
        Assert.Equal("1", other.GetJobParameter(id, "A"));
        other.AcquireDistributedJobLock(id, TimeSpan.FromSeconds(10)).Dispose();
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Jobs_that_must_not_run_at_once_take_turns_or_fail(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);
        var first = Client(kind).Enqueue(() => HoldAlone(key));
        await RanAsync(key);
        var second = Client(kind).Enqueue(() => HoldAlone(key));
        await rows.ReachesAsync(second, ProcessingState.StateName);
        Assert.Equal(1, RunsOf(key));
        Open(key);
        await rows.ReachesAsync(first, SucceededState.StateName);
        await RanAsync(key, 2);
        Open(key);
        await rows.ReachesAsync(second, SucceededState.StateName);

        var third = Client(kind).Enqueue(() => HoldAloneOrFail(key));
        await RanAsync(key, 3);
        var fourth = Client(kind).Enqueue(() => HoldAloneOrFail(key));
        await rows.ReachesAsync(fourth, FailedState.StateName);
        Open(key);
        await rows.ReachesAsync(third, SucceededState.StateName);
        Assert.Equal(3, RunsOf(key));
    }

    private string Scheduled(StorageKind kind, string key) =>
        Client(kind)
            .Create(Hangfire.Common.Job.FromExpression(() => Run(key)), new ScheduledState(TimeSpan.FromHours(1)));
}
