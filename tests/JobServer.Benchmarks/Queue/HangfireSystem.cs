using System.Diagnostics;
using System.Globalization;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.States;
using JobServer.BatchedStorage;
using Npgsql;

namespace JobServer.Benchmarks.Queue;

/// <summary>Hangfire over one of the storages; all else as it is by default, except that no culture is stored with each job.</summary>
internal sealed class HangfireSystem : IQueueSystem
{
    public const int Threads = 20;

    private readonly JobStorage _storage;
    private readonly BackgroundJobClient _client;
    private readonly Func<IDisposable> _start;
    private readonly NpgsqlDataSource? _database;

    private HangfireSystem(JobStorage storage, Func<IDisposable> start, string? connection)
    {
        (_storage, _start) = (storage, start);
        _client = new BackgroundJobClient(storage);
        _database = connection is null ? null : NpgsqlDataSource.Create(connection + ";Pooling=false");
    }

    public static HangfireSystem Create(string name, string connection)
    {
        GlobalConfiguration
            .Configuration.UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UseDefaultCulture(CultureInfo.CurrentCulture, captureDefault: false)
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180);
        switch (name)
        {
            case "stock":
                var stock = new PostgreSqlStorage(new Connections(connection));
                return new HangfireSystem(stock, () => Stock(stock), connection);
            case "inmemory":
                var memory = new InMemoryStorage();
                return new HangfireSystem(memory, () => Stock(memory), connection: null);
            default:
                var batched = new BatchedPostgreSqlStorage(connection, new BatchedStorageOptions());
                return new HangfireSystem(
                    batched,
                    name == "batchedThreads"
                        ? () => Stock(batched)
                        : () => new BatchedJobServer(new BatchedJobServerOptions(), batched),
                    connection
                );
        }
    }

    public void Enqueue(long at)
    {
        if (at > 0)
            _client.Enqueue(() => QueueJobs.Stamp(at));
        else
            _client.Enqueue(() => QueueJobs.Count(1));
    }

    public async Task EnqueueAllAsync(int count, CancellationToken cancellationToken)
    {
        if (_storage is not BatchedPostgreSqlStorage batched)
            throw new NotSupportedException();
        var batch = batched.CreateBatch();
        for (var n = 0; n < count; n++)
            batch.Enqueue(() => QueueJobs.Count(n));
        await batch.CommitAsync(cancellationToken);
    }

    public IDisposable Start() => _start();

    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        if (_database is null)
        {
            while (_storage.GetMonitoringApi().ProcessingCount() > 0)
                await Task.Delay(1, cancellationToken);
            return;
        }

        await using var command = _database.CreateCommand("select exists (select from hangfire.jobqueue)");
        while (await command.ExecuteScalarAsync(cancellationToken) is true)
            await Task.Delay(1, cancellationToken);
    }

    public IEnumerable<double> Look(string page, int times)
    {
        var monitor = _storage.GetMonitoringApi();
        for (var n = 0; n < times; n++)
        {
            var begun = Stopwatch.GetTimestamp();
            switch (page)
            {
                case "statistics":
                    monitor.GetStatistics();
                    break;
                case "queues":
                    monitor.Queues();
                    break;
                default:
                    monitor.SucceededJobs(0, 20);
                    monitor.FailedJobs(0, 20);
                    monitor.EnqueuedJobs(EnqueuedState.DefaultQueue, 0, 20);
                    break;
            }

            yield return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }
    }

    public void Dispose()
    {
        (_storage as IDisposable)?.Dispose();
        _database?.Dispose();
    }

    private static BackgroundJobServer Stock(JobStorage storage) =>
        new(new BackgroundJobServerOptions { WorkerCount = Threads }, storage);

    private sealed class Connections(string connection) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => new(connection);
    }
}
