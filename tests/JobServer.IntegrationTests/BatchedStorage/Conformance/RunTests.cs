using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Jobs that are made, run and end.</summary>
public sealed class RunTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Enqueued_job_runs_once_and_expires(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);

        var id = Client(kind).Enqueue(() => Answer(key));

        await rows.ReachesAsync(id, SucceededState.StateName);
        Assert.Equal("Enqueued Processing Succeeded", rows.HistoryOf(id));
        Assert.Equal(1, RunsOf(key));
        await StorageRows.ComesAsync(() => rows.QueueOf(id).Length == 0, () => "it is in the queue still");
        Assert.Equal("True", rows.One("select expireat > now() from job where id = $1", StorageRows.Number(id)));
        using var connection = Storages[kind].GetConnection();
        Assert.Equal($"\"answer to {key}\"", connection.GetStateData(id).Data["Result"]);
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Scheduled_job_waits_for_its_time(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        using var server = Serve(kind);

        var late = Client(kind).Schedule(() => Run(key), TimeSpan.FromHours(1));
        var soon = Client(kind).Schedule(() => Run(key), TimeSpan.FromMilliseconds(300));
        var named = Client(kind).Schedule("default", () => Run(key), TimeSpan.FromMilliseconds(300));

        await rows.ReachesAsync(soon, SucceededState.StateName);
        await rows.ReachesAsync(named, SucceededState.StateName);
        Assert.Equal("Scheduled Enqueued Processing Succeeded", rows.HistoryOf(soon));
        Assert.Equal("Scheduled", rows.HistoryOf(late));
        const string Member = "select value from set where key = 'schedule' and value = $1";
        Assert.Single(rows.Read(Member, late));
        Assert.Equal("True", rows.One("select expireat is null from job where id = $1", StorageRows.Number(late)));
        Assert.True(Client(kind).Delete(late));
        Assert.Empty(rows.Read(Member, late));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Job_waits_in_the_queue_of_its_attribute_or_in_the_one_that_is_named(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var byAttribute = Client(kind).Enqueue(() => RunCritical(key));
        var byName = Client(kind).Enqueue("reports", () => Run(key));
        var byState = Client(kind).Create(() => Run(key), new EnqueuedState("other"));
        Assert.Equal("critical", rows.QueueOf(byAttribute));
        Assert.Equal("reports", rows.QueueOf(byName));
        Assert.Equal("other", rows.QueueOf(byState));

        using (Serve(kind, "critical", "reports"))
        {
            await rows.ReachesAsync(byAttribute, SucceededState.StateName);
            await rows.ReachesAsync(byName, SucceededState.StateName);
        }

        Assert.Equal("Enqueued", rows.HistoryOf(byState));
        using (Serve(kind, "other"))
            await rows.ReachesAsync(byState, SucceededState.StateName);
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Job_that_cannot_be_loaded_fails(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        // In a queue of its own, of which no server that has just stopped may have claimed it as it was.
        const string queue = "unloadable";
        var id = Client(kind).Create(() => Run(key), new EnqueuedState(queue));
        rows.Read(
            """
            update job set invocationdata = replace(invocationdata::text, '"Run"', '"Gone"')::jsonb where id = $1
            """,
            StorageRows.Number(id)
        );

        using var server = Serve(kind, queue);

        // It is retried: perhaps it can be on another server.
        await rows.ReachesAsync(id, ScheduledState.StateName);
        Assert.StartsWith("Enqueued Failed Scheduled", rows.HistoryOf(id), StringComparison.Ordinal);
        Assert.Equal(0, RunsOf(key));
        Assert.Equal(
            "Can not change the state to 'Processing': target method was not found.",
            rows.One("select reason from state where jobid = $1 and name = 'Failed'", StorageRows.Number(id))
        );
        await StorageRows.ComesAsync(() => rows.QueueOf(id).Length == 0, () => "it is in the queue still");
        using var connection = Storages[kind].GetConnection();
        Assert.IsType<JobLoadException>(connection.GetJobData(id).LoadException);
        Assert.Null(connection.GetJobData(id).Job);
        Assert.True(Client(kind).Delete(id));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Queue_row_without_a_job_is_forgotten(StorageKind kind)
    {
        var rows = Rows(kind);
        rows.Read("insert into jobqueue (jobid, queue) values (987654321, 'default')");

        using var server = Serve(kind);

        await StorageRows.ComesAsync(() => rows.QueueOf("987654321").Length == 0, () => "it is in the queue still");
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Job_with_huge_arguments_runs(StorageKind kind)
    {
        var (key, rows) = (NewKey() + new string('x', 2_000_000), Rows(kind));
        using var server = Serve(kind);
        await rows.ReachesAsync(Client(kind).Enqueue(() => Run(key)), SucceededState.StateName);
        Assert.Equal(1, RunsOf(key));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Null_character_fails_its_job_alone(StorageKind kind)
    {
        var rows = Rows(kind);
        var faults = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        var ids = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            i =>
            {
                try
                {
                    var state = new EnqueuedState("nobody") { Reason = i == 3 ? "a\0b" : "ab" };
                    ids.Add(Client(kind).Create(() => Run("\0"), state));
                }
                catch (BackgroundJobClientException exception)
                {
                    faults.Add(exception.InnerException!);
                }
            }
        );

        var fault = Assert.IsType<Npgsql.PostgresException>(Assert.Single(faults));
        Assert.Equal(Npgsql.PostgresErrorCodes.CharacterNotInRepertoire, fault.SqlState);
        Assert.Equal(7, ids.Count);
        Assert.All(ids, id => Assert.Equal("nobody", rows.QueueOf(id)));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Parameters_of_a_job_are_kept_and_the_last_value_counts(StorageKind kind)
    {
        var (key, rows) = (NewKey(), Rows(kind));
        var id = Client(kind).Create(Job.FromExpression(() => Run(key)), new ScheduledState(TimeSpan.FromHours(1)));
        using (var connection = Storages[kind].GetConnection())
        {
            connection.SetJobParameter(id, "A", "1");
            connection.SetJobParameter(id, "A", "2");
            connection.SetJobParameter(id, "Empty", "");
            connection.SetJobParameter(id, "Null", null);
            Assert.Equal("2", connection.GetJobParameter(id, "A"));
            Assert.Equal("", connection.GetJobParameter(id, "Empty"));
            Assert.Null(connection.GetJobParameter(id, "Null"));
            Assert.Null(connection.GetJobParameter(id, "None"));
            Assert.ThrowsAny<Exception>(() => connection.SetJobParameter("987654321", "A", "1"));
        }

        Assert.True(Client(kind).Requeue(id));
        using var server = Serve(kind);
        await rows.ReachesAsync(id, SucceededState.StateName);
        Assert.Equal(
            ["A|2", "CurrentCulture|\"\"", "CurrentUICulture|\"\"", "Empty|", "Null|-"],
            rows.Read("select name, value from jobparameter where jobid = $1 order by name", StorageRows.Number(id))
        );
    }
}
