using System.Transactions;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.Storage;
using JobServer.BatchedStorage.Claiming;
using JobServer.BatchedStorage.Locking;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Signalling;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>
/// What Hangfire reads and writes through. It remembers what it has read of the job it works on: a worker's job costs no
/// reads, and its changes are compared with what was read. What is seldom called is the library's own.
/// </summary>
internal sealed class BatchedConnection(BatchedPostgreSqlStorage storage, StorageParts parts)
    : PostgreSqlConnection(storage)
{
    private readonly LockedJobs _locked = new(parts);
    private readonly OwnLocks _others = new(parts);
    private readonly OwnJob _own = new(parts);

    // Not written before its first state is, so that both are one commit.
    private JobRow? _creation;

    // One whose commit has failed: whether it was written is found out when it is asked for again.
    private JobRow? _uncertain;

    // A scheduler's set of which nothing is due: it needs no lock to learn that.
    private string? _notDue;

    // Held by who releases delayed jobs.
    private DueJobs? _due;

    /// <summary>Commits of the fetched job do not block; the caller awaits <see cref="LastCommit"/>.</summary>
    public bool AwaitsCommits { get; init; }

    /// <summary>Takes what would be committed; null for a connection that commits.</summary>
    public JobBatch? Batch { get; init; }

    public Task LastCommit => _own.LastCommit;

    public override IWriteOnlyTransaction CreateWriteTransaction() => new BatchedTransaction(this, parts);

    public override string CreateExpiredJob(
        Job job,
        IDictionary<string, string> parameters,
        DateTime createdAt,
        TimeSpan expireIn
    )
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(parameters);
        WriteCreation();
        _creation = parts.Creation(job, parameters, createdAt, expireIn);
        return JobId.Format(_creation.Id);
    }

    public override IFetchedJob FetchNextJob(string[] queues, CancellationToken cancellationToken)
    {
        if (queues is null or [])
            throw new ArgumentNullException(nameof(queues));
        return _own.Adopt(parts.Dispatchers.For(queues).Take(cancellationToken));
    }

    /// <inheritdoc cref="FetchNextJob"/>
    public async Task<FetchedJob> FetchNextJobAsync(string[] queues, CancellationToken cancellationToken) =>
        _own.Adopt(await parts.Dispatchers.For(queues).TakeAsync(cancellationToken));

    public override IDisposable AcquireDistributedLock(string resource, TimeSpan timeout)
    {
        ArgumentException.ThrowIfNullOrEmpty(resource);
        if (JobLock.IdOf(resource) is not { } id)
            return AcquireOther(resource, timeout);
        if (Batch is not null)
            throw JobBatch.Refusal();
        // What follows may name the new job to others: they must find it.
        WriteCreation();
        // Their changes are compared with what was read.
        if (_own.Is(id))
            return _own.Decide();
        if (_due?.Find(id) is not null)
            return NoLock.Instance;
        if (Transaction.Current is null)
            return _locked.Acquire(id, resource, timeout);
        parts.LockUntilEnd(id, resource, timeout);
        return NoLock.Instance;
    }

    public override JobData? GetJobData(string id)
    {
        var jobId = JobId.Parse(id);
        FindOut(jobId);
        if (_creation?.Id == jobId)
            WriteCreation();
        if (_own.IsDecided(jobId))
            return _own.Read(Read);
        if (_due?.Find(jobId) is { } due)
            return due.ToJobData();
        return Read(connection => parts.Reader.Find(connection, jobId))?.ToJobData();
    }

    public override StateData? GetStateData(string jobId)
    {
        var id = JobId.Parse(jobId);
        if (_creation?.Id == id)
            WriteCreation();
        // A lost job's token is cancelled by what its watcher finds here.
        return !_locked.IsHeld && parts.Leases.Lost.ContainsKey(id)
            ? null
            : Read(connection => parts.Reader.FindState(connection, id));
    }

    public override string? GetJobParameter(string id, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var jobId = JobId.Parse(id);
        if (CreationOf(jobId) is { } created)
            return created.Parameters.GetValueOrDefault(name);
        if (_own.FindKept(jobId, name) is { } kept)
            return kept.Value;
        return _due?.Find(jobId) is { } due
            ? due.FindParameter(name)
            : Read(connection => parts.Reader.FindParameter(connection, jobId, name));
    }

    public override void SetJobParameter(string id, string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parameter = new ParameterRow(JobId.Parse(id), name, value);
        if (CreationOf(parameter.JobId) is { } created)
        {
            created.Parameters[name] = value;
            return;
        }

        if (!_locked.IsHeld && _own.TryKeep(parameter))
            return;
        var unit = new Unit { Needed = _own.HoldOf(parameter.JobId) };
        unit.Set(parameter);
        if (_locked.IsHeld)
            _locked.Write(unit);
        else if (_due?.Find(parameter.JobId) is not null)
            _due.Add(unit);
        else
            Write(unit);
        SnapshotOf(parameter.JobId)?.Follow(unit);
    }

    /// <inheritdoc cref="OwnJob.KeepParameters"/>
    internal IDisposable KeepParameters() => _own.KeepParameters();

    public override List<string> GetFirstByLowestScoreFromSet(
        string key,
        double fromScore,
        double toScore,
        int count
    ) =>
        _notDue == key ? []
        : _due is not null ? _due.Read(key, fromScore, toScore, count)
        : base.GetFirstByLowestScoreFromSet(key, fromScore, toScore, count);

    /// <summary>What the job looked like when it was read, if its changes are to be compared with that.</summary>
    internal JobSnapshot? SnapshotOf(long jobId) => _own.Is(jobId) ? _own.SnapshotOf(jobId) : _due?.Find(jobId);

    /// <summary>An id that the next state of the job must be greater than.</summary>
    internal long FloorOf(long jobId)
    {
        if (CreationOf(jobId) is not null)
            return 0;
        if (SnapshotOf(jobId) is { } snapshot)
            return snapshot.Expectation.StateId ?? 0;
        return Read(connection => parts.Reader.FindStateId(connection, jobId)) ?? 0;
    }

    internal void Commit(Unit unit, FetchedJob? acknowledged)
    {
        var created = _creation;
        if (created is not null)
            unit.Created.Add(created);
        _creation = null;
        if (unit.IsEmpty)
            return;
        unit.Changes.ForEach(change => change.Settle());
        try
        {
            HandOver(unit, acknowledged);
        }
        catch
        {
            _uncertain = created ?? _uncertain;
            throw;
        }
    }

    private void HandOver(Unit unit, FetchedJob? acknowledged)
    {
        if (Batch is not null)
        {
            Batch.Add(unit);
            return;
        }

        if (_locked.IsHeld)
        {
            _locked.Commit(unit);
            return;
        }

        if (_due is not null)
        {
            _due.Add(unit);
            return;
        }

        if (_own.IsChangedBy(unit))
        {
            _own.Commit(unit, acknowledged, AwaitsCommits);
            return;
        }

        Write(unit);
        acknowledged?.Leave();
    }

    public override void Dispose()
    {
        try
        {
            WriteCreation();
        }
        finally
        {
            _locked.Dispose();
            _others.Dispose();
            base.Dispose();
        }
    }

    private JobRow? CreationOf(long jobId) => _creation?.Id == jobId ? _creation : Batch?.Find(jobId);

    private void WriteCreation()
    {
        if (_creation is null)
            return;
        // Nothing can be written in it any more.
        if (Transaction.Current?.TransactionInformation.Status == TransactionStatus.Aborted)
        {
            _creation = null;
            return;
        }

        var unit = new Unit();
        var created = _creation;
        unit.Created.Add(created);
        _creation = null;
        try
        {
            Write(unit);
        }
        catch
        {
            _uncertain = created;
            throw;
        }
    }

    /// <summary>Hangfire's client asks before it tries a creation again.</summary>
    private void FindOut(long jobId)
    {
        if (_uncertain?.Id != jobId)
            return;
        if (Read(connection => parts.Reader.FindStateId(connection, jobId)) is null)
            _creation = _uncertain;
        _uncertain = null;
    }

    /// <summary>By what others are committing too, or in the caller's transaction if there is one.</summary>
    private void Write(Unit unit)
    {
        if (Batch is not null)
        {
            Batch.Add(unit);
            return;
        }

        if (Transaction.Current is { } ambient)
        {
            parts.Write(unit, ambient);
            return;
        }

        parts.Committer.Submit(unit);
        unit.Wait();
    }

    private T Read<T>(Func<NpgsqlConnection, T> read)
    {
        if (_locked.Connection is { } locked)
            return read(locked);
        using var connection = parts.Database.OpenConnection();
        return read(connection);
    }

    private IDisposable AcquireOther(string resource, TimeSpan timeout)
    {
        var set = Lookout.SetOf(resource);
        if (set is not null && !parts.Lookout.MayBeDue(set))
        {
            _notDue = set;
            return new Release(() => _notDue = null);
        }

        var acquired = _others.Acquire(resource, timeout);
        if (set is not null)
        {
            var held = acquired;
            acquired = new Release(() =>
            {
                held.Dispose();
                parts.Lookout.Doubt();
            });
        }

        if (resource != DueJobs.Resource || _due is not null)
            return acquired;
        _due = new DueJobs(parts, acquired, () => _due = null);
        return _due;
    }
}
