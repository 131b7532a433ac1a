using System.Transactions;
using Hangfire.Common;
using Hangfire.Storage;
using JobServer.BatchedStorage.Claiming;
using JobServer.BatchedStorage.Locking;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Signalling;
using JobServer.BatchedStorage.Working;
using JobServer.BatchedStorage.Writing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>What the connections of one storage share.</summary>
internal sealed class StorageParts : IDisposable
{
    // The committer's, the claimer's, the lease's, the listener's and that of the locks.
    private const int LastingConnections = 5;

    private readonly StoragePool _pool;

    public StorageParts(StoragePool pool, BatchedStorageOptions options, TimeProvider time)
    {
        (_pool, Options, Time) = (pool, options, time);
        var database = pool.Database;
        Logger = options.LoggerFactory.CreateLogger<BatchedPostgreSqlStorage>();
        // One is always left to those who need it for a moment, also while they hold another.
        Actors = new SemaphoreSlim(options.MaxConnections - LastingConnections - 1);
        Sql = new RareSql(Schema);
        Reader = new JobReader(Schema);
        JobIds = new IdBlock(database, $"{Schema}.job_id_seq");
        StateIds = new IdBlock(database, $"{Schema}.state_id_seq");
        Signals = new QueueSignals(options.Signals ?? new OwnChannel(database, Schema), Logger);
        Committer = new GroupCommitter(pool.Held, Schema, Signals.Announce, Logger);
        Locks = new LockSession(database, Schema, time, Logger);
        Leases = new Leases(this);
        Claimer = new Claimer(this);
        Dispatchers = new Dispatchers(this);
        Running = new RunningJobs(this);
        Lookout = new Lookout(this);
    }

    public string Schema => Options.SchemaName;
    public NpgsqlDataSource Database => _pool.Database;

    /// <inheritdoc cref="StoragePool.Held"/>
    public NpgsqlDataSource Held => _pool.Held;
    public BatchedStorageOptions Options { get; }
    public TimeProvider Time { get; }
    public ILogger Logger { get; }

    /// <summary>Who may hold a connection while working on jobs.</summary>
    public SemaphoreSlim Actors { get; }
    public RareSql Sql { get; }
    public JobReader Reader { get; }
    public IdBlock JobIds { get; }
    public IdBlock StateIds { get; }
    public QueueSignals Signals { get; }
    public GroupCommitter Committer { get; }
    public LockSession Locks { get; }
    public Leases Leases { get; }
    public Claimer Claimer { get; }
    public Dispatchers Dispatchers { get; }
    public RunningJobs Running { get; }
    public Lookout Lookout { get; }

    public JobRow Creation(Job job, IDictionary<string, string> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        var invocation = InvocationData.SerializeJob(job);
        var arguments = invocation.Arguments;
        // They have a column of their own, and the library leaves them in this one too.
        return new JobRow(
            JobIds.Next(),
            SerializationHelper.Serialize(invocation),
            arguments,
            createdAt,
            expireIn,
            parameters.ToDictionary(parameter => parameter.Key, parameter => (string?)parameter.Value)
        );
    }

    /// <summary>In the transaction of the caller, whose connection it shares if that is from the same data source.</summary>
    public void Write(Unit unit, Transaction ambient)
    {
        using var connection = Database.OpenConnection();
        new UnitWriter(Schema).Write(connection, [unit]);
        var told = unit.Told.ToHashSet();
        ambient.TransactionCompleted += (_, ended) =>
        {
            if (ended.Transaction?.TransactionInformation.Status == TransactionStatus.Committed)
                Signals.Announce(told);
        };
    }

    /// <summary>The job's row, until the caller's transaction ends.</summary>
    /// <exception cref="DistributedLockTimeoutException">Somebody else has the job for longer than this.</exception>
    public void LockUntilEnd(long jobId, string resource, TimeSpan timeout)
    {
        using var connection = Database.OpenConnection();
        RowLock.Take(connection, null, Schema, jobId, resource, timeout);
    }

    public void Dispose()
    {
        Lookout.Dispose();
        Running.Dispose();
        Dispatchers.Dispose();
        Committer.Dispose();
        Leases.Dispose();
        Claimer.Dispose();
        Locks.Dispose();
        Signals.Dispose();
    }
}
