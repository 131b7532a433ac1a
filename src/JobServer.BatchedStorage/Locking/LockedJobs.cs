using System.Data;
using Hangfire.Storage;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage.Locking;

/// <summary>
/// Jobs whose rows one actor has locked, over one database connection and in one transaction, however deep the locks are
/// nested: so none waits for a second connection while holding a first, and PostgreSQL sees every deadlock.
/// </summary>
/// <remarks>
/// For those who are not a job's worker: the dashboard's buttons, clients, continuations. Workers lock nothing and compare
/// instead; their commits wait for a locked row.
/// </remarks>
internal sealed class LockedJobs(StorageParts parts) : IDisposable
{
    // What fails must not cost the locks that are held.
    private const string Step = "step";

    private HashSet<string>? _queues;
    private UnitWriter? _writer;
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private bool _begun;
    private int _depth;

    // A lock that was let go with all others must not let go of later ones.
    private int _session;

    /// <summary>The connection of the locks; null when none is held.</summary>
    public NpgsqlConnection? Connection => _connection;

    public bool IsHeld => _connection is not null;

    /// <exception cref="DistributedLockTimeoutException">Somebody else has the job for longer than this.</exception>
    public IDisposable Acquire(long jobId, string resource, TimeSpan timeout)
    {
        if (_connection is null && !parts.Actors.Wait(LockSession.Clamp(timeout)))
            throw new DistributedLockTimeoutException(resource);
        try
        {
            Begin();
            _transaction!.Save(Step);
            RowLock.Take(_connection!, _transaction, parts.Schema, jobId, resource, timeout);
        }
        catch (DistributedLockTimeoutException) when (_depth > 0)
        {
            _transaction!.Rollback(Step);
            throw;
        }
        catch
        {
            Dispose();
            throw;
        }

        _depth++;
        var session = _session;
        return new Release(() => End(session));
    }

    /// <summary>Writes a unit; commits it, and lets all locks go, unless an outer one of them is still to be worked under.</summary>
    public void Commit(Unit unit)
    {
        Write(unit);
        if (_depth == 1)
            Commit();
    }

    /// <summary>Writes a unit, to be committed with the locks.</summary>
    public void Write(Unit unit)
    {
        try
        {
            _transaction!.Save(Step);
            _writer ??= new UnitWriter(parts.Schema);
            _writer.Write(_connection!, [unit], _transaction);
            (_queues ??= []).UnionWith(unit.Told);
        }
        catch (PostgresException exception) when (_connection!.FullState == ConnectionState.Open)
        {
            _transaction!.Rollback(Step);
            throw ConcurrentChangeException.Explain(exception);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lets the locks go and undoes what was not committed.</summary>
    public void Dispose()
    {
        if (!_begun)
            return;
        var (connection, transaction) = (_connection, _transaction);
        (_connection, _transaction, _depth, _begun) = (null, null, 0, false);
        _session++;
        _queues = null;
        try
        {
            transaction?.Dispose();
            connection?.Dispose();
        }
        finally
        {
            parts.Actors.Release();
        }
    }

    private void Begin()
    {
        if (_connection is not null)
            return;
        _begun = true;
        _connection = parts.Database.OpenConnection();
        _transaction = _connection.BeginTransaction();
    }

    private void Commit()
    {
        var queues = _queues ?? [];
        try
        {
            _transaction!.Commit();
        }
        finally
        {
            Dispose();
        }

        parts.Signals.Announce(queues);
    }

    private void End(int session)
    {
        if (session != _session || --_depth > 0)
            return;
        Commit();
    }
}
