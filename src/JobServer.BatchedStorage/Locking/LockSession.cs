using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace JobServer.BatchedStorage.Locking;

/// <summary>
/// Distributed locks as advisory locks of one session, which die with it: a killed process blocks nobody. Within the
/// process those who want the same one take turns.
/// </summary>
internal sealed class LockSession(NpgsqlDataSource database, string schema, TimeProvider time, ILogger logger)
    : IDisposable
{
    // Between two attempts at a lock that another process holds.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _disposed = new();
    private readonly Dictionary<string, Turn> _turns = [];
    private readonly HashSet<string> _held = [];
    private NpgsqlConnection? _connection;

    private bool IsOpen => _connection is { FullState: System.Data.ConnectionState.Open };

    /// <exception cref="DistributedLockTimeoutException">Somebody else has it for longer than this.</exception>
    /// <exception cref="NpgsqlException">The database cannot be asked for longer than this.</exception>
    public IDisposable Acquire(string resource, TimeSpan timeout)
    {
        var start = time.GetTimestamp();
        var turn = Join(resource);
        if (!turn.Gate.Wait(Clamp(timeout)))
        {
            Part(resource, turn);
            throw new DistributedLockTimeoutException(resource);
        }

        try
        {
            while (!TryLock(resource, start, timeout))
                ObjectDisposedException.ThrowIf(_disposed.Wait(Rest), typeof(BatchedPostgreSqlStorage));
        }
        catch
        {
            turn.Gate.Release();
            Part(resource, turn);
            throw;
        }

        return new Release(() =>
        {
            Unlock(resource);
            turn.Gate.Release();
            Part(resource, turn);
        });
    }

    public void Dispose()
    {
        _disposed.Set();
        lock (_lock)
        {
            _held.Clear();
            _connection?.Dispose();
            _connection = null;
        }
    }

    private Turn Join(string resource)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(resource, out var turn))
                _turns[resource] = turn = new Turn();
            turn.Users++;
            return turn;
        }
    }

    private void Part(string resource, Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Users == 0)
                _turns.Remove(resource);
        }
    }

    /// <summary>False when it is to be tried again.</summary>
    private bool TryLock(string resource, long start, TimeSpan timeout)
    {
        bool isOver;
        lock (_lock)
        {
            // Before the question: one that is asked in time counts, also when its answer is not.
            isOver = time.GetElapsedTime(start) >= timeout;
            try
            {
                if (Ask("select pg_try_advisory_lock(hashtextextended($1, 0))", resource))
                {
                    _held.Add(resource);
                    return true;
                }
            }
            catch (NpgsqlException) when (!isOver)
            {
                return false;
            }
        }

        return isOver ? throw new DistributedLockTimeoutException(resource) : false;
    }

    private void Unlock(string resource)
    {
        lock (_lock)
        {
            // Lost with its connection, and said to be.
            if (!_held.Contains(resource))
                return;
            try
            {
                if (IsOpen)
                    Ask("select pg_advisory_unlock(hashtextextended($1, 0))", resource);
                else
                    Lose(exception: null);
            }
            catch (NpgsqlException)
            {
                // Gone with the connection too.
            }

            _held.Remove(resource);
        }
    }

    private bool Ask(string sql, string resource)
    {
        ObjectDisposedException.ThrowIf(_disposed.IsSet, typeof(BatchedPostgreSqlStorage));
        try
        {
            if (!IsOpen)
            {
                Lose(exception: null);
                using var suppressed = Outside.Ambient();
                _connection = database.OpenConnection();
            }

            using var command = new NpgsqlCommand(sql, _connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{schema}:{resource}" });
            return (bool)command.ExecuteScalar()!;
        }
        catch (NpgsqlException exception)
        {
            Lose(exception);
            throw;
        }
    }

    private void Lose(Exception? exception)
    {
        if (_held.Count > 0)
            logger.LocksLost(_held.Count, exception);
        _held.Clear();
        if (_connection is null)
            return;
        // Nobody gets a session with locks that he does not know of.
        NpgsqlConnection.ClearPool(_connection);
        _connection.Dispose();
        _connection = null;
    }

    /// <summary>A time that semaphores can wait for.</summary>
    internal static TimeSpan Clamp(TimeSpan timeout) =>
        TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public int Users { get; set; }
    }
}
