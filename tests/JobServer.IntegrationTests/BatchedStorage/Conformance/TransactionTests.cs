using Hangfire.States;
using Hangfire.Storage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Every operation of a transaction, and every read of what it wrote.</summary>
public sealed class TransactionTests(BothStorages storages) : ConformanceTests(storages)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Sets(StorageKind kind)
    {
        using var connection = (JobStorageConnection)Storages[kind].GetConnection();
        Write(kind, t => t.AddRangeToSet("s", ["a", "b", "c"]));
        Write(kind, t => t.AddToSet("s", "d", 4.5));
        Write(kind, t => t.AddToSet("s", "b", 2));
        Write(kind, t => t.AddToSet("s", "e"));
        Write(kind, t => t.RemoveFromSet("s", "a"));
        Write(kind, t => t.RemoveFromSet("s", "none"));

        Assert.Equal(["b", "c", "d", "e"], connection.GetAllItemsFromSet("s").Order(StringComparer.Ordinal));
        Assert.Equal(4, connection.GetSetCount("s"));
        Assert.Equal(["c", "d"], connection.GetRangeFromSet("s", 1, 2));
        Assert.Equal("b", connection.GetFirstByLowestScoreFromSet("s", 1, 10));
        Assert.Equal(["b", "d"], connection.GetFirstByLowestScoreFromSet("s", 1, 10, 5));
        Assert.Null(connection.GetFirstByLowestScoreFromSet("s", 100, 200));
        Assert.Throws<ArgumentException>(() => connection.GetFirstByLowestScoreFromSet("s", 2, 1));
        Assert.Equal(-1, connection.GetSetTtl("s").TotalSeconds);
        Assert.Empty(connection.GetAllItemsFromSet("none"));

        Write(kind, t => t.ExpireSet("s", Hour));
        Assert.InRange(connection.GetSetTtl("s"), Hour / 2, Hour * 2);
        Write(kind, t => t.PersistSet("s"));
        Assert.Equal(-1, connection.GetSetTtl("s").TotalSeconds);
        Write(kind, t => t.RemoveSet("s"));
        Assert.Equal(0, connection.GetSetCount("s"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Hashes(StorageKind kind)
    {
        using var connection = (JobStorageConnection)Storages[kind].GetConnection();
        Assert.Null(connection.GetAllEntriesFromHash("h"));
        Write(kind, t => t.SetRangeInHash("h", [new("a", "1"), new("b", ""), new("c", null!)]));
        Write(kind, t => t.SetRangeInHash("h", [new("a", "2")]));
        connection.SetRangeInHash("h", [new("d", "4"), new("b", "5")]);

        Assert.Equal("2", connection.GetValueFromHash("h", "a"));
        Assert.Equal("5", connection.GetValueFromHash("h", "b"));
        Assert.Null(connection.GetValueFromHash("h", "c"));
        Assert.Null(connection.GetValueFromHash("h", "none"));
        Assert.Equal(4, connection.GetHashCount("h"));
        Assert.Equal(["a", "b", "c", "d"], connection.GetAllEntriesFromHash("h").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(-1, connection.GetHashTtl("h").TotalSeconds);

        Write(kind, t => t.ExpireHash("h", Hour));
        Assert.InRange(connection.GetHashTtl("h"), Hour / 2, Hour * 2);
        Write(kind, t => t.PersistHash("h"));
        Assert.Equal(-1, connection.GetHashTtl("h").TotalSeconds);
        Write(kind, t => t.RemoveHash("h"));
        Assert.Null(connection.GetAllEntriesFromHash("h"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Lists(StorageKind kind)
    {
        using var connection = (JobStorageConnection)Storages[kind].GetConnection();
        foreach (var value in (string[])["a", "b", "c", "b", "d", "e"])
            Write(kind, t => t.InsertToList("l", value));

        Assert.Equal(["e", "d", "b", "c", "b", "a"], connection.GetAllItemsFromList("l"));
        Write(kind, t => t.RemoveFromList("l", "b"));
        Assert.Equal(["e", "d", "c", "a"], connection.GetAllItemsFromList("l"));
        Assert.Equal(["d", "c"], connection.GetRangeFromList("l", 1, 2));
        Assert.Equal(4, connection.GetListCount("l"));
        Assert.Equal(-1, connection.GetListTtl("l").TotalSeconds);

        Write(kind, t => t.ExpireList("l", Hour));
        Assert.InRange(connection.GetListTtl("l"), Hour / 2, Hour * 2);
        Write(kind, t => t.PersistList("l"));
        Assert.Equal(-1, connection.GetListTtl("l").TotalSeconds);
        Write(kind, t => t.TrimList("l", 1, 2));
        Assert.Equal(["d", "c"], connection.GetAllItemsFromList("l"));
        Write(kind, t => t.TrimList("l", 1, 0));
        Assert.Empty(connection.GetAllItemsFromList("l"));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Counters(StorageKind kind)
    {
        using var connection = (JobStorageConnection)Storages[kind].GetConnection();
        Write(
            kind,
            t =>
            {
                t.IncrementCounter("c");
                t.IncrementCounter("c");
                t.IncrementCounter("c", Hour);
                t.DecrementCounter("c");
                t.DecrementCounter("d", Hour);
            }
        );

        Assert.Equal(2, connection.GetCounter("c"));
        Assert.Equal(-1, connection.GetCounter("d"));
        Assert.Equal(0, connection.GetCounter("none"));
        Assert.Equal(
            ["c|False", "d|True"],
            Rows(kind)
                .Read(
                    """
                    select key, bool_and(expireat > now() + '50 minutes') from (
                        select key, coalesce(expireat, now()) as expireat from counter where key in ('c', 'd')
                    ) rows group by key order by key
                    """
                )
        );
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Operations_of_one_transaction_are_done_in_their_order(StorageKind kind)
    {
        var (rows, id) = (Rows(kind), Scheduled(kind));
        Write(kind, t => t.AddToSet("o", "old"));
        Write(
            kind,
            t =>
            {
                t.RemoveFromSet("o", "old");
                t.AddToSet("o", "old", 3);
                t.AddToSet("o", "gone");
                t.RemoveFromSet("o", "gone");
                t.RemoveSet("o");
                t.AddToSet("o", "new", 1);
                t.AddToSet("o", "newer", 2);
                t.RemoveFromSet("o", "newer");
                t.ExpireSet("o", Hour);
                t.AddToSet("o", "last");
                t.SetRangeInHash("o", [new("a", "1")]);
                t.RemoveHash("o");
                t.SetRangeInHash("o", [new("b", "2")]);
                t.InsertToList("o", "a");
                t.TrimList("o", 5, 6);
                t.InsertToList("o", "b");
                t.SetJobState(id, new EnqueuedState());
                t.AddJobState(id, new FailedState(new InvalidOperationException("a")));
                t.SetJobState(id, new DeletedState());
                t.ExpireJob(id, Hour);
                t.PersistJob(id);
                t.AddToQueue("nobody", id);
                t.AddToQueue("nobody", id);
            }
        );

        Assert.Equal(
            ["last|0|True", "new|1|False"],
            rows.Read("select value, score, expireat is null from set where key = 'o' order by value")
        );
        Assert.Equal(["b|2"], rows.Read("select field, value from hash where key = 'o'"));
        Assert.Equal(["b"], rows.Read("select value from list where key = 'o'"));
        Assert.Equal("Scheduled Enqueued Failed Deleted", rows.HistoryOf(id));
        Assert.Equal("Deleted", rows.StateOf(id));
        Assert.Equal("True", rows.One("select expireat is null from job where id = $1", StorageRows.Number(id)));
        Assert.Equal("nobody nobody", rows.QueueOf(id));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Transaction_that_fails_or_is_not_committed_writes_nothing(StorageKind kind)
    {
        var (rows, id) = (Rows(kind), Scheduled(kind));
        Assert.ThrowsAny<Exception>(() => Write(kind, t => Everything(t, id, "a\0b")));
        Assert.ThrowsAny<Exception>(() =>
            Write(
                kind,
                t =>
                {
                    Everything(t, id, "a");
                    t.SetJobState("987654321", new DeletedState());
                }
            )
        );
        using (var connection = Storages[kind].GetConnection())
        using (var transaction = connection.CreateWriteTransaction())
            Everything((JobStorageTransaction)transaction, id, "a");

        Assert.Equal("Scheduled", rows.HistoryOf(id));
        Assert.Equal("", rows.QueueOf(id));
        Assert.Equal("0", rows.Counter("f"));
        Assert.Equal(
            "0|0|0",
            rows.Read(
                """
                select (select count(*) from set where key = 'f'), (select count(*) from hash where key = 'f'),
                    (select count(*) from list where key = 'f')
                """
            )[0]
        );
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Several_jobs_of_one_transaction_change_together(StorageKind kind)
    {
        var (rows, first, second) = (Rows(kind), Scheduled(kind), Scheduled(kind));
        Write(
            kind,
            t =>
            {
                t.SetJobState(second, new DeletedState());
                t.SetJobState(first, new DeletedState());
                t.ExpireJob(second, Hour);
                t.ExpireJob("987654321", Hour);
                t.PersistJob("987654321");
            }
        );
        Assert.Equal("Deleted Deleted", $"{rows.StateOf(first)} {rows.StateOf(second)}");
        Assert.Equal("True", rows.One("select expireat > now() from job where id = $1", StorageRows.Number(second)));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Reads_of_what_is_not_there_and_of_what_is_no_id(StorageKind kind)
    {
        using var connection = (JobStorageConnection)Storages[kind].GetConnection();
        Assert.Null(connection.GetJobData("987654321"));
        Assert.Null(connection.GetStateData("987654321"));
        Assert.Null(connection.GetJobParameter("987654321", "A"));
        foreach (var id in (string[])["abc", "", "1.5"])
        {
            Assert.Throws<FormatException>(() => connection.GetJobData(id));
            Assert.Throws<FormatException>(() => connection.GetStateData(id));
            Assert.Throws<FormatException>(() => connection.GetJobParameter(id, "A"));
            Assert.Throws<FormatException>(() => connection.SetJobParameter(id, "A", "1"));
        }

        Assert.Throws<OverflowException>(() => connection.GetJobData("99999999999999999999"));
        Assert.Throws<ArgumentNullException>(() => connection.GetJobData(null!));
        Assert.Throws<ArgumentNullException>(() => connection.GetStateData(null!));
        Assert.Throws<ArgumentNullException>(() => connection.GetJobParameter("1", null!));
        Assert.Throws<ArgumentNullException>(() => connection.FetchNextJob([], Cancel));
        Assert.Throws<ArgumentNullException>(() => Write(kind, t => t.RemoveHash(null!)));
        Assert.Throws<ArgumentNullException>(() => Write(kind, t => t.ExpireSet(null!, Hour)));
    }

    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public void Job_without_a_state_is_there_and_goes_by_itself(StorageKind kind)
    {
        var key = NewKey();
        string id;
        using (var connection = Storages[kind].GetConnection())
        {
            id = connection.CreateExpiredJob(
                Hangfire.Common.Job.FromExpression(() => Run(key)),
                new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "1", ["B"] = null! },
                TimeProvider.System.GetUtcNow().UtcDateTime,
                Hour
            );
            connection.SetJobParameter(id, "A", "2");
            Assert.Equal("2", connection.GetJobParameter(id, "A"));
            Assert.Null(connection.GetStateData(id));
            Assert.Null(connection.GetJobData(id).State);
            connection.SetJobParameter(id, "C", "3");
        }

        var rows = Rows(kind);
        Assert.Equal(
            ["A|2", "B|-", "C|3"],
            rows.Read("select name, value from jobparameter where jobid = $1 order by name", StorageRows.Number(id))
        );
        Assert.Equal(
            "True|-",
            rows.Read("select expireat > now(), statename from job where id = $1", StorageRows.Number(id))[0]
        );
    }

    private static void Everything(JobStorageTransaction transaction, string id, string value)
    {
        transaction.SetJobState(id, new EnqueuedState());
        transaction.AddToQueue("nobody", id);
        transaction.IncrementCounter("f");
        transaction.AddToSet("f", "a");
        transaction.InsertToList("f", "a");
        transaction.SetRangeInHash("f", [new("a", value)]);
    }

    private string Scheduled(StorageKind kind) =>
        Client(kind)
            .Create(Hangfire.Common.Job.FromExpression(() => Run("x")), new ScheduledState(TimeSpan.FromHours(1)));

    private void Write(StorageKind kind, Action<JobStorageTransaction> write)
    {
        using var connection = Storages[kind].GetConnection();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        write(transaction);
        transaction.Commit();
    }
}
