using System.Collections.Concurrent;
using Hangfire;
using Hangfire.Server;
using Hangfire.States;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.BatchedStorage.Conformance;

namespace JobServer.IntegrationTests.BatchedStorage.Interleaving;

/// <summary>One job, those who work on it, and what must hold whatever the order of their turns.</summary>
internal sealed class Model(BatchedPostgreSqlStorage first, BatchedPostgreSqlStorage second, StorageRows rows)
{
    public const string Queue = "model";

    private static readonly ConcurrentDictionary<string, int> _runs = new();
    private static readonly HashSet<string> _legal =
    [
        "Enqueued Processing",
        "Enqueued Deleted",
        "Enqueued Enqueued",
        "Processing Succeeded",
        "Processing Deleted",
        "Processing Enqueued",
        "Processing Processing",
        "Succeeded Enqueued",
        "Succeeded Deleted",
        "Deleted Enqueued",
        "Deleted Deleted",
    ];

    private readonly string _key = Guid.NewGuid().ToString("N");
    private readonly List<string> _children = [];
    private readonly CancellationTokenSource _stopping = new();
    private string _id = "";

    [Queue(Queue), AutomaticRetry(Attempts = 0)]
    public static string Work(string key)
    {
        _runs.AddOrUpdate(key, 1, static (_, runs) => runs + 1);
        Actor.Current?.Arm("in the job");
        return Actor.Current?.Name ?? "afterwards";
    }

    /// <summary>Makes the job, and the actors of these names; a worker among them has it in its hands already.</summary>
    public List<Actor> Begin(string scenario)
    {
        _id = new BackgroundJobClient(first).Create(() => Work(_key), new EnqueuedState(Queue));
        var actors = scenario.Split(' ').Select((name, i) => new Actor($"{name}{i}", () => Act(name))).ToList();
        foreach (var actor in actors)
        {
            actor.Start();
            Assert.True(actor.Rests(TimeSpan.FromSeconds(60)), $"{actor.Name} does not begin");
        }

        return actors;
    }

    /// <summary>Called while nobody can go on: who waits for a job that will not come is told to stop.</summary>
    public void Idle()
    {
        if (rows.One("select count(*) from jobqueue where queue = $1", Queue) == "0")
            _stopping.Cancel();
    }

    /// <summary>Runs what is left to be run.</summary>
    public void Drain()
    {
        for (var i = 0; rows.One("select count(*) from jobqueue where queue = $1", Queue) != "0"; i++)
        {
            Assert.True(i < 20, "The queue does not come to its end.");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            RunOne(first, limit.Token);
        }
    }

    public void CheckAtRest()
    {
        foreach (var id in (List<string>)[_id, .. _children])
        {
            var queued = rows.QueueOf(id).Length > 0;
            if (rows.StateOf(id) is "Enqueued" or "Processing")
                Assert.True(queued, $"{id} is {rows.StateOf(id)} and in no queue");
        }

        Assert.Empty(
            rows.Read(
                """
                select j.id from job j where j.stateid is distinct from (select max(id) from state where jobid = j.id)
                    or j.statename is distinct from (select name from state where id = j.stateid)
                """
            )
        );
        Assert.Empty(
            rows.Read(
                """
                select * from (
                    select 'count:state:' || statename as key, count(*) as n from job group by statename
                    union all select 'stats:succeeded', count(*) from job where statename = 'Succeeded'
                    union all select 'stats:deleted', count(*) from job where statename = 'Deleted'
                    union all select 'count:queue:' || queue, count(*) from jobqueue group by queue
                ) real full join (
                    select key, sum(value) as n from (
                        select key, value from counter union all select key, value from aggregatedcounter
                    ) c where key like 'count:%' or key in ('stats:succeeded', 'stats:deleted') group by key
                ) counted using (key)
                where coalesce(real.n, 0) <> coalesce(counted.n, 0)
                """
            )
        );
    }

    public void CheckAtEnd()
    {
        CheckAtRest();
        var history = rows.HistoryOf(_id).Split(' ');
        for (var i = 1; i < history.Length; i++)
            Assert.Contains($"{history[i - 1]} {history[i]}", _legal);
        Assert.Contains(rows.StateOf(_id), (string[])["Succeeded", "Deleted"]);
        foreach (var child in _children)
        {
            Assert.Equal("Succeeded", rows.StateOf(child));
            Assert.Equal(1, _runs.GetValueOrDefault(_key + child));
            Assert.Equal("Awaiting Enqueued Processing Succeeded", rows.HistoryOf(child));
        }

        // Whose hold was lost to the second worker changes nothing after that one has begun.
        var writers = rows.Read(
            """
            select coalesce(data->>'ServerId', data->>'Result', '') from state
            where jobid = $1 and name in ('Processing', 'Succeeded') order by id
            """,
            StorageRows.Number(_id)
        );
        var taken = writers.FindIndex(writer => writer.StartsWith("expire", StringComparison.Ordinal));
        if (taken >= 0)
            Assert.DoesNotContain(
                writers.Skip(taken),
                writer => writer.Trim('"').StartsWith("work", StringComparison.Ordinal)
            );
    }

    private void Act(string name)
    {
        var client = new BackgroundJobClient(new TurnStorage(first));
        if (name == "work")
        {
            RunOne(new TurnStorage(first), _stopping.Token);
            return;
        }

        Actor.Current!.Arm("start");
        switch (name)
        {
            case "delete":
                client.Delete(_id);
                break;
            case "requeue":
                client.Requeue(_id);
                break;
            case "continue":
                Continue(client);
                break;
            case "parameter":
                using (var connection = new TurnStorage(first).GetConnection())
                    connection.SetJobParameter(_id, "A", "1");
                break;
            case "expire":
                rows.Read(
                    "update jobqueue set fetchedat = null, owner = null where jobid = $1 and fetchedat is not null",
                    StorageRows.Number(_id)
                );
                Actor.Current.Point("claim");
                RunOne(new TurnStorage(second), _stopping.Token);
                break;
            default:
                throw new ArgumentException($"Who is {name}?", nameof(name));
        }
    }

    private void Continue(BackgroundJobClient client)
    {
        var key = _key + Actor.Current!.Name;
        var child = client.ContinueJobWith(_id, () => Child(key, null!), JobContinuationOptions.OnAnyFinishedState);
        lock (_children)
            _children.Add(child);
    }

    [Queue(Queue)]
    public static void Child(string key, PerformContext context) =>
        _runs.AddOrUpdate(key[..32] + context.BackgroundJob.Id, 1, static (_, runs) => runs + 1);

    private static void RunOne(JobStorage storage, CancellationToken stopping)
    {
        try
        {
            new Worker(Queue).Execute(
                new BackgroundProcessContext(
                    Actor.Current?.Name ?? "afterwards",
                    storage,
                    new Dictionary<string, object>(StringComparer.Ordinal),
                    Guid.NewGuid(),
                    stopping,
                    CancellationToken.None,
                    CancellationToken.None
                )
            );
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nothing came.
        }
    }
}
