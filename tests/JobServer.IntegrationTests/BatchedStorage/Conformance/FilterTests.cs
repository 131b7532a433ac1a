using Hangfire;
using Hangfire.States;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.FilteredJobs;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Filters, and what they read and write through the connection that they are given.</summary>
public sealed class FilterTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Filters_of_all_kinds_are_called_and_what_they_write_is_kept(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);

        var id = Client(kind).Enqueue(() => Filtered(key));

        await rows.ReachesAsync(id, SucceededState.StateName);
        Assert.Equal("Enqueued Processing Succeeded", rows.HistoryOf(id));
        Assert.Equal(
            [
                "Applied|\"Succeeded\"",
                "Created|\"yes\"",
                "Creating|\"yes\"",
                "Elected|\"Succeeded\"",
                "Performed|\"Processing\"",
                "Performing|\"Processing\"",
                "Unapplied|\"Processing\"",
            ],
            rows.Read(
                "select name, value from jobparameter where jobid = $1 and name not like 'Current%' order by name",
                StorageRows.Number(id)
            )
        );
        Assert.Equal("3", rows.Counter("applied:" + id));
        Assert.Equal(1, RunsOf(key));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Cancelled_creation_writes_nothing(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var before = rows.One("select count(*) from job");
        Assert.Null(Client(kind).Enqueue(() => NeverMade(key)));
        Assert.Equal(before, rows.One("select count(*) from job"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Filter_elects_another_state_and_cancels_runs(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);

        var elected = Client(kind).Enqueue(() => ElectedAway(key));
        var cancelled = Client(kind).Enqueue(() => CancelledRun(key));

        await rows.ReachesAsync(elected, DeletedState.StateName);
        await rows.ReachesAsync(cancelled, DeletedState.StateName);
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(cancelled));
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(elected));
        Assert.Equal(0, RunsOf(key));
        await StorageRows.ComesAsync(() => rows.QueueOf(elected).Length == 0, () => "in the queue still");
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Running_job_sees_through_its_connection_what_others_have_made_of_it(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);
        var id = Client(kind).Enqueue(() => Look(key, null!));
        await RanAsync(key);

        Assert.True(Client(kind).Delete(id));
        Open(key);

        await RanAsync(key + ":Deleted");
        Assert.Equal("Enqueued Processing Deleted", rows.HistoryOf(id));
    }
}
