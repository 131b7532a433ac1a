using Microsoft.Extensions.Logging;
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
    private readonly ILogger _logger;
    private readonly Thread _thread;

    /// <param name="queued">Told the queues that something was committed to; must not wait.</param>
    public GroupCommitter(
        NpgsqlDataSource database,
        string schema,
        Action<IReadOnlyCollection<string>> queued,
        ILogger logger
    )
    {
        _logger = logger;
        _connection = new HeldConnection(database, LockTimeout);
        _writer = new UnitWriter(schema) { IsPrepared = true };
        _busy = new BusyJobs(schema, _queue);
        _queued = queued;
        _thread = new Thread(Run) { IsBackground = true, Name = "Hangfire commits" };
        _thread.Start();
    }

    /// <summary>The unit's <see cref="Unit.Done"/> tells how it ended.</summary>
    /// <exception cref="ObjectDisposedException">The storage was disposed of.</exception>
    public void Submit(Unit unit) => _queue.Add(unit);

    /// <summary>Commits what was submitted; a unit that waits for somebody's lock fails.</summary>
    public void Dispose()
    {
        _queue.Close();
        _busy.Dispose();
        _thread.Join();
        _connection.Dispose();
    }

    private void Run()
    {
        var units = new List<Unit>();
        while (_queue.Take(units))
        {
            try
            {
                Flush(units);
            }
            catch (Exception exception)
            {
                // Nobody else would tell those who wait; of those that have ended only the first word counts.
                _logger.CommitLoopFailed(exception);
                _connection.Close();
                units.ForEach(unit => unit.Fail(exception));
            }
        }
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
        catch (Exception exception) when (units.Count > 1 && IsOfOne(exception))
        {
            // Cut short while it was being sent.
            _connection.Close();
            Bisect(units);
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
        Succeed(units);
    }

    /// <summary>Those who await are woken on the pool, while the next flush is under way.</summary>
    private static void Succeed(List<Unit> units)
    {
        var awaited = units.FindAll(unit => unit.Succeed());
        if (awaited.Count > 0)
            ThreadPool.UnsafeQueueUserWorkItem(new Awakening(awaited), preferLocal: false);
    }

    private void Separate(List<Unit> units, PostgresException exception)
    {
        switch (exception.SqlState)
        {
            case PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure:
                _queue.AddFirst(units);
                break;
            case PostgresErrorCodes.LockNotAvailable when units.Count == 1:
                _busy.SetAside(units[0]);
                break;
            case PostgresErrorCodes.LockNotAvailable:
                SetAside(units);
                break;
            case var _ when units.Count == 1:
                units[0].Fail(ConcurrentChangeException.Explain(exception));
                break;
            default:
                Bisect(units);
                break;
        }
    }

    private void SetAside(List<Unit> units)
    {
        List<Unit> free;
        try
        {
            free = _busy.SetAside(_connection.Open(), units);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // The whole table is locked.
            units.ForEach(_busy.SetAside);
            return;
        }

        // It is another lock than a job's.
        if (free.Count == units.Count)
            Bisect(units);
        else
            _queue.AddFirst(free);
    }

    private void Bisect(List<Unit> units)
    {
        var half = units.Count / 2;
        Flush(units[..half]);
        Flush(units[half..]);
    }

    /// <summary>A value that cannot be sent, such as half a character; not the connection or the database.</summary>
    private static bool IsOfOne(Exception exception) =>
        exception is ArgumentException or InvalidCastException or FormatException or OverflowException;

    private void Announce(List<Unit> units)
    {
        HashSet<string>? queues = null;
        foreach (var unit in units)
        {
            if (unit.Queued.Count + unit.AddedToSets.Count > 0)
                (queues ??= []).UnionWith(unit.Told);
        }

        if (queues is not null)
            _queued(queues);
    }
}
