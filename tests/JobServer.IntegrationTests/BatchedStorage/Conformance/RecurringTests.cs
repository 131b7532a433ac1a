using Hangfire;
using Hangfire.Storage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

public sealed class RecurringTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Recurring_job_runs_by_its_times_and_when_it_is_triggered_until_it_is_removed(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var manager = new RecurringJobManager(Storages[kind]);
        manager.AddOrUpdate(key + ":s", () => Run(key + ":s"), "* * * * * *");
        manager.AddOrUpdate(key + ":t", () => Run(key + ":t"), Cron.Never);
        using var server = Serve(kind);

        manager.Trigger(key + ":t");

        await RanAsync(key + ":t");
        await RanAsync(key + ":s", 2);
        using (var connection = (JobStorageConnection)Storages[kind].GetConnection())
        {
            var job = connection.GetRecurringJobs([key + ":s"])[0];
            Assert.Equal("* * * * * *", job.Cron);
            Assert.NotNull(job.LastJobId);
            Assert.NotNull(job.NextExecution);
            Assert.Equal(2, connection.GetRecurringJobCount());
        }

        manager.RemoveIfExists(key + ":s");
        manager.RemoveIfExists(key + ":t");
        Assert.Empty(rows.Read("select 1 from set where key = 'recurring-jobs'"));
        Assert.Empty(rows.Read("select 1 from hash where key like 'recurring-job:' || $1 || '%'", key));
    }
}
