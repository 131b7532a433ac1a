using System.Text.RegularExpressions;
using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.FilteredJobs;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>One script in both storages leaves the same rows.</summary>
public sealed partial class HistoryTests(BothStorages storages) : ConformanceTests(storages)
{
    private static readonly string[] _tables =
    [
        """
            select 'job', id, statename, invocationdata, arguments, expireat is not null, createdat is not null
            from job order by id
            """,
        "select 'parameter', jobid, name, value from jobparameter order by jobid, name",
        "select 'state', jobid, name, reason, data from state order by jobid, id",
        "select 'queue', jobid, queue, fetchedat is null from jobqueue order by jobid, id",
        "select 'set', key, value, score = 0, expireat is not null from set order by key, value",
        "select 'hash', key, field, value, expireat is not null from hash order by key, field",
        "select 'list', key, value, expireat is not null from list order by key, id",
        """
            select 'counter', regexp_replace(key, ':\d{4}.*', ':time') as kind, sum(value), min(expires::int) from (
                select key, value, expireat is not null as expires from counter
                union all select key, value, expireat is not null from aggregatedcounter
            ) c where key not like 'count:%' group by kind order by kind
            """,
    ];

    [Fact]
    public async Task The_same_script_leaves_the_same_rows()
    {
        await PlayAsync(StorageKind.Stock);
        await PlayAsync(StorageKind.Batched);

        var (stock, batched) = (Dump(StorageKind.Stock), Dump(StorageKind.Batched));

        Assert.True(stock.Count > 150, $"Only {stock.Count} rows: it was no script to speak of.");
        var differences = stock
            .Except(batched)
            .Select(row => "- " + row)
            .Concat(batched.Except(stock).Select(row => "+ " + row));
        Assert.True(stock.SequenceEqual(batched), string.Join('\n', differences));
    }

    private List<string> Dump(StorageKind kind) =>
        [
            .. _tables
                .SelectMany(table => Rows(kind).Read(table))
                .Select(row => Durations.Replace(Guids.Replace(Times.Replace(row, "time"), "guid"), "${name} some"))
                .Select(row => Frames.Replace(row, "${first}\""))
                .Select(row => row.Replace($"script {kind}", "script", StringComparison.Ordinal)),
        ];

    private async Task PlayAsync(StorageKind kind)
    {
        var (key, rows, client) = ($"script {kind}", Rows(kind), Client(kind));
        using var server = new RunningServer(Storages[kind], workers: 1, "default", "critical");

        Task EndAsync(string id, string state) =>
            StorageRows.ComesAsync(
                () => rows.StateOf(id) == state && rows.QueueOf(id).Length == 0,
                () => $"{id}: {rows.HistoryOf(id)} in {rows.QueueOf(id)}"
            );

        await RunAsync(client, key, EndAsync);
        await ContinueAsync(client, key, EndAsync);
        await RetryAsync(client, key, EndAsync);
        await ChangeAsync(client, key, EndAsync);
        await FilterAsync(client, key, EndAsync);
        await RecurAsync(new RecurringJobManager(Storages[kind]), rows, key, EndAsync);
        Write(Storages[kind]);
    }

    private static async Task RunAsync(BackgroundJobClient client, string key, Func<string, string, Task> endAsync)
    {
        await endAsync(client.Enqueue(() => Run(key)), "Succeeded");
        await endAsync(client.Enqueue(() => RunCritical(key)), "Succeeded");
        await endAsync(client.Enqueue("critical", () => Answer(key)), "Succeeded");
        await endAsync(client.Schedule(() => Run(key), TimeSpan.FromMilliseconds(50)), "Succeeded");
        client.Schedule(() => Run(key), TimeSpan.FromHours(1));
        client.Create(() => Run(key), new EnqueuedState("nobody") { Reason = "Why not?" });
    }

    private static async Task ContinueAsync(BackgroundJobClient client, string key, Func<string, string, Task> endAsync)
    {
        var parent = client.Create(() => Answer(key), new ScheduledState(TimeSpan.FromHours(1)));
        var child = client.ContinueJobWith(parent, () => Run(key));
        var grandchild = client.ContinueJobWith(child, () => Run(key), JobContinuationOptions.OnAnyFinishedState);
        var unmet = client.ContinueJobWith(parent, () => Run(key), JobContinuationOptions.OnlyOnDeletedState);
        Assert.True(client.Requeue(parent));
        await endAsync(parent, "Succeeded");
        await endAsync(grandchild, "Succeeded");
        await endAsync(unmet, "Deleted");
        await endAsync(client.ContinueJobWith(parent, () => Run(key)), "Succeeded");
        var deleted = client.Schedule(() => Run(key), TimeSpan.FromHours(1));
        var afterwards = client.ContinueJobWith(deleted, () => Run(key), JobContinuationOptions.OnAnyFinishedState);
        Assert.True(client.Delete(deleted));
        await endAsync(afterwards, "Succeeded");
        client.ContinueJobWith(client.Schedule(() => Run(key), TimeSpan.FromHours(1)), () => Run(key));
    }

    private static async Task RetryAsync(BackgroundJobClient client, string key, Func<string, string, Task> endAsync)
    {
        await endAsync(client.Enqueue(() => Fail(key)), "Failed");
        await endAsync(client.Enqueue(() => FailAtOnce(key)), "Failed");
        await endAsync(client.Enqueue(() => FailOnce(key + " once")), "Succeeded");
        await endAsync(client.Enqueue(() => FailAndGo(key)), "Deleted");
    }

    private static async Task ChangeAsync(BackgroundJobClient client, string key, Func<string, string, Task> endAsync)
    {
        var again = client.Enqueue(() => Run(key));
        await endAsync(again, "Succeeded");
        Assert.True(client.Requeue(again));
        await endAsync(again, "Succeeded");
        Assert.True(client.Delete(again, "Succeeded"));
        Assert.False(client.Delete(again, "Succeeded"));
        Assert.True(client.ChangeState(again, new ScheduledState(TimeSpan.FromHours(1)) { Reason = "Later." }));
        var failed = client.Enqueue(() => Fail(key));
        await endAsync(failed, "Failed");
        Assert.True(client.Delete(failed));
        Assert.True(client.Reschedule(failed, TimeSpan.FromHours(2)));
        Assert.True(client.Delete(client.Create(() => Run(key), new EnqueuedState("nobody"))));
    }

    private static async Task FilterAsync(BackgroundJobClient client, string key, Func<string, string, Task> endAsync)
    {
        await endAsync(client.Enqueue(() => Filtered(key)), "Succeeded");
        await endAsync(client.Enqueue(() => ElectedAway(key)), "Deleted");
        await endAsync(client.Enqueue(() => CancelledRun(key)), "Deleted");
        Assert.Null(client.Enqueue(() => NeverMade(key)));
    }

    private static async Task RecurAsync(
        RecurringJobManager manager,
        StorageRows rows,
        string key,
        Func<string, string, Task> endAsync
    )
    {
        manager.AddOrUpdate("kept", () => Run(key), Cron.Never);
        manager.AddOrUpdate("removed", () => Run(key), Cron.Daily);
        await endAsync(manager.TriggerJob("kept"), "Succeeded");
        manager.RemoveIfExists("removed");
        Assert.Equal("1", rows.One("select count(*) from set where key = 'recurring-jobs'"));
    }

    private static void Write(JobStorage storage)
    {
        using var connection = storage.GetConnection();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        transaction.AddRangeToSet("a set", ["1", "2", "3"]);
        transaction.AddToSet("a set", "2", 5);
        transaction.RemoveFromSet("a set", "3");
        transaction.ExpireSet("a set", TimeSpan.FromHours(1));
        transaction.SetRangeInHash("a hash", [new("a", "1"), new("b", null!), new("c", "")]);
        transaction.ExpireHash("a hash", TimeSpan.FromHours(1));
        foreach (var value in (string[])["1", "2", "3"])
            transaction.InsertToList("a list", value);
        transaction.TrimList("a list", 0, 1);
        transaction.IncrementCounter("a counter");
        transaction.IncrementCounter("a counter");
        transaction.DecrementCounter("another", TimeSpan.FromHours(1));
        transaction.Commit();
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{10}(\d{3})?\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Times { get; }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}", RegexOptions.None, 1000)]
    private static partial Regex Guids { get; }

    [GeneratedRegex("(?<name>\"Latency\"|\"PerformanceDuration\"): \"[0-9]+\"", RegexOptions.None, 1000)]
    private static partial Regex Durations { get; }

    /// <summary>Reflection calls a method in other ways once it has been called a few times.</summary>
    [GeneratedRegex(
        """
            (?<first>"ExceptionDetails":\s"[^"\\]*)(\\.|[^"\\])*"
            """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        1000
    )]
    private static partial Regex Frames { get; }
}
