using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.Server;
using Hangfire.Storage;
using JobServer.BatchedStorage.Claiming;
using JobServer.BatchedStorage.Locking;
using JobServer.BatchedStorage.Monitoring;
using JobServer.BatchedStorage.Upkeep;

namespace JobServer.BatchedStorage;

/// <summary>
/// Hangfire's storage in PostgreSQL, on the tables of Hangfire.PostgreSql, with what many jobs ask for put together: jobs
/// are claimed in sets, changes of all workers share statements and commits, and what was read is compared instead of
/// locked. A commit has returned only when it is on disk.
/// </summary>
/// <remarks>
/// All servers and clients of the schema must use this storage: it does not see the locks of the stock one, nor that its.
/// Connections are the storage's own pool, never more than <see cref="BatchedStorageOptions.MaxConnections"/>.
/// </remarks>
public sealed class BatchedPostgreSqlStorage : PostgreSqlStorage, IDisposable
{
    private static readonly string _acknowledgement = JobStorageFeatures.Transaction.RemoveFromQueue(
        typeof(FetchedJob)
    );

    private readonly Lock _lock = new();
    private readonly StoragePool _pool;
    private readonly BatchedStorageOptions _options;
    private readonly TimeProvider _time;
    private StorageParts? _parts;
    private bool _disposed;

    /// <param name="connectionString">A direct one: not through a proxy that pools transactions.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public BatchedPostgreSqlStorage(string connectionString, BatchedStorageOptions options, TimeProvider? time = null)
        : this(StoragePool.Open(connectionString, options), options, time) { }

    private BatchedPostgreSqlStorage(StoragePool pool, BatchedStorageOptions options, TimeProvider? time)
        : base(pool, StoragePool.Stock(options))
    {
        (_pool, _options, _time) = (pool, options, time ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public override bool LinearizableReads => true;

    /// <summary>What the connections share; made, after a look at the schema, when it is first asked for.</summary>
    internal StorageParts Parts
    {
        get
        {
            if (Volatile.Read(ref _parts) is { } parts)
                return parts;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return _parts ??= Start();
            }
        }
    }

    /// <inheritdoc/>
    public override IStorageConnection GetConnection() => new BatchedConnection(this, Parts);

    /// <inheritdoc/>
    public override IMonitoringApi GetMonitoringApi() => new BatchedMonitor(this, Parts);

    /// <inheritdoc/>
    public override IEnumerable<IBackgroundProcess> GetStorageWideProcesses() =>
        [new CounterSums(Parts), new Expiration(Parts)];

    /// <inheritdoc/>
    public override bool HasFeature(string featureId) =>
        featureId == _acknowledgement
        || featureId == JobStorageFeatures.ProcessesInsteadOfComponents
        || base.HasFeature(featureId);

    /// <summary>A client whose jobs are created together, in one commit.</summary>
    /// <param name="filters">Where client filters are found; by default the global ones and attributes.</param>
    public JobBatch CreateBatch(IJobFilterProvider? filters = null) => new(this, filters);

    /// <summary>Commits what was handed over, gives back what was claimed, and closes all connections.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _parts?.Dispose();
        _pool.Dispose();
    }

    private StorageParts Start()
    {
        // It lives longer than the transaction in which it happens to be asked for first, and so do its loops.
        using var suppressed = Outside.Ambient();
        LockNames.Check();
        using (var connection = _pool.Database.OpenConnection())
        {
            if (_options.PrepareSchema)
                BatchedSchema.Install(connection, _options.SchemaName);
            BatchedSchema.Check(connection, _options.SchemaName);
        }

        return new StorageParts(_pool, _options, _time);
    }
}
