using System.Globalization;
using System.Text.Json;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>The library's server, whose behaviour is the measure, and ours, each on a queue of its own of one storage.</summary>
public sealed class BothWorkers(TestCluster cluster) : IAsyncLifetime
{
    public const string Library = "library";
    public const string Async = "async";

    // Times, ids of servers, and the stack: an awaited call has another one.
    private static readonly string[] _ownWords =
    [
        "StartedAt",
        "SucceededAt",
        "FailedAt",
        "EnqueuedAt",
        "DeletedAt",
        "EnqueueAt",
        "ScheduledAt",
        "ServerId",
        "WorkerId",
        "Latency",
        "PerformanceDuration",
        "ExceptionDetails",
    ];

    private TestDatabase _database = null!;
    private NpgsqlDataSource _rows = null!;
    private BackgroundJobServer _library = null!;
    private BatchedJobServer _async = null!;

    public static TheoryData<string> Queues { get; } = [Library, Async];

    public BatchedPostgreSqlStorage Storage { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        _rows = NpgsqlDataSource.Create(_database.ConnectionString);
        Storage = new BatchedPostgreSqlStorage(
            _database.ConnectionString,
            new BatchedStorageOptions
            {
                PrepareSchema = false,
                QueuePollInterval = TimeSpan.FromMilliseconds(200),
                CancellationCheckInterval = TimeSpan.FromMilliseconds(100),
            }
        );
        // Long ids, that a history does not hold as another number as well.
        await using (var ids = _rows.CreateCommand("alter sequence hangfire.job_id_seq restart with 1000000000"))
            await ids.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var often = TimeSpan.FromMilliseconds(100);
        _library = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                Queues = [Library],
                WorkerCount = 2,
                SchedulePollingInterval = often,
                CancellationCheckInterval = often,
            },
            Storage
        );
        _async = new BatchedJobServer(
            new BatchedJobServerOptions
            {
                Queues = [Async],
                WorkerCount = 2,
                SchedulePollingInterval = often,
            },
            Storage
        );
    }

    public async ValueTask DisposeAsync()
    {
        _library.SendStop();
        _async.SendStop();
        _library.Dispose();
        _async.Dispose();
        Storage.Dispose();
        await _rows.DisposeAsync();
        await _database.DisposeAsync();
    }

    public string Enqueue(string queue, Job job) =>
        new BackgroundJobClient(Storage).Create(job, new EnqueuedState(queue))!;

    /// <summary>Waits until the job is over.</summary>
    public Task EndAsync(string id) =>
        UntilAsync("select statename in ('Succeeded', 'Failed', 'Deleted') from hangfire.job where id = $1", id);

    /// <summary>Waits until no worker has the job, and none is to.</summary>
    public Task LeavesQueueAsync(string id) =>
        UntilAsync("select not exists (select from hangfire.jobqueue where jobid = $1)", id);

    /// <summary>Its states, oldest first, with what they say, except for times and the like.</summary>
    public async Task<List<string>> HistoryAsync(string id)
    {
        var history = new List<string>();
        await using var command = _rows.CreateCommand(
            "select name, coalesce(reason, '-'), coalesce(data::text, '{}') from hangfire.state where jobid = $1 order by id"
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Number(id) });
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await row.ReadAsync(TestContext.Current.CancellationToken))
        {
            var data = JsonSerializer
                .Deserialize<SortedDictionary<string, string>>(row.GetString(2))!
                .Select(pair => _ownWords.Contains(pair.Key) ? pair.Key : $"{pair.Key}={pair.Value}");
            history.Add($"{row.GetString(0)} ({row.GetString(1)}): {string.Join(", ", data)}");
        }

        return history;
    }

    /// <summary>The only value of a query about one job.</summary>
    public async Task<object?> ScalarAsync(string sql, string id)
    {
        await using var command = _rows.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Number(id) });
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private async Task UntilAsync(string sql, string id)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (await ScalarAsync(sql, id) is not true)
        {
            Assert.False(limit.IsCancellationRequested, string.Join('\n', await HistoryAsync(id)));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}
