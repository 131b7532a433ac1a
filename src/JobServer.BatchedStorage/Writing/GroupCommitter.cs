using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Merges the units of all callers into one statement and one commit. It waits for nobody: the next flush takes what
/// arrived during the last one. A unit that fails fails alone.
/// </summary>
internal sealed class GroupCommitter : IDisposable
{
    // Somebody has a lock on a job: the others do not wait for that one.
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(20);

    private readonly UnitQueue _queue = new();
    private readonly HeldConnection _connection;
    private readonly UnitWriter _writer;
    private readonly BusyJobs _busy;
    private readonly Action<IReadOnlyCollection<string>> _queued;
    private readonly Thread _thread;

    /// <param name="queued">Told the queues that something was committed to; must not wait.</param>
    public GroupCommitter(NpgsqlDataSource database, string schema, Action<IReadOnlyCollection<string>> queued)
    {
        _connection = new HeldConnection(database, LockTimeout);
        _writer = new UnitWriter(schema) { IsPrepared = true };
        _busy = new BusyJobs(schema, _queue);
        _queued = queued;
        _thread = new Thread(Run) { IsBackground = true, Name = "Hangfire commits" };
        _thread.Start();
    }

    /// <summary>The unit's <see cref="Unit.Done"/> tells how it ended.</summary>
    public void Submit(Unit unit) => _queue.Add(unit);

    /// <summary>Commits what was submitted.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _busy.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        var units = new List<Unit>();
        while (_queue.Take(units))
            Flush(units);
    }

    private void Flush(List<Unit> units)
    {
        try
        {
            _writer.Write(_connection.Open(), units);
        }
        catch (PostgresException exception) when (_connection.IsUsable)
        {
            Separate(units, exception);
            return;
        }
        catch (Exception exception)
        {
            // Whether it was committed is not known; who reads it again will see.
            _connection.Close();
            units.ForEach(unit => unit.Fail(exception));
            return;
        }

        Announce(units);
        units.ForEach(unit => unit.Succeed());
    }

    private void Separate(List<Unit> units, PostgresException exception)
    {
        switch (exception.SqlState)
        {
            case PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure:
                _queue.AddFirst(units);
                break;
            case PostgresErrorCodes.LockNotAvailable when _busy.TrySetAside(_connection.Open(), units):
                break;
            default:
                if (units.Count == 1)
                {
                    units[0].Fail(ConcurrentChangeException.Explain(exception));
                    break;
                }

                var half = units.Count / 2;
                Flush(units[..half]);
                Flush(units[half..]);
                break;
        }
    }

    private void Announce(List<Unit> units)
    {
        HashSet<string>? queues = null;
        foreach (var unit in units)
        {
            foreach (var row in unit.Queued)
                (queues ??= []).Add(row.Queue);
        }

        if (queues is not null)
            _queued(queues);
    }
}
