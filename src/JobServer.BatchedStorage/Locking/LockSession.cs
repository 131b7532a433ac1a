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

    /// <exception cref="DistributedLockTimeoutException">Somebody else has it for longer than this.</exception>
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
            while (!TryLock(resource))
            {
                if (time.GetElapsedTime(start) >= timeout)
                    throw new DistributedLockTimeoutException(resource);
                ObjectDisposedException.ThrowIf(_disposed.Wait(Rest), typeof(BatchedPostgreSqlStorage));
            }
        }
        catch
        {
            turn.Gate.Release();
            Part(resource, turn);
            throw;
        }

        return new Held(this, resource, turn);
    }

    public void Dispose()
    {
        _disposed.Set();
        lock (_lock)
        {
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

    private bool TryLock(string resource)
    {
        lock (_lock)
        {
            if (!Ask("select pg_try_advisory_lock(hashtextextended($1, 0))", resource))
                return false;
            _held.Add(resource);
            return true;
        }
    }

    private void Unlock(string resource)
    {
        lock (_lock)
        {
            // Lost with its connection otherwise.
            if (!_held.Remove(resource))
                return;
            try
            {
                Ask("select pg_advisory_unlock(hashtextextended($1, 0))", resource);
            }
            catch (NpgsqlException)
            {
                // Gone with the connection too.
            }
        }
    }

    private bool Ask(string sql, string resource)
    {
        try
        {
            if (_connection is not { FullState: System.Data.ConnectionState.Open })
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
        _connection?.Dispose();
        _connection = null;
    }

    private static TimeSpan Clamp(TimeSpan timeout) =>
        timeout.TotalMilliseconds > int.MaxValue ? TimeSpan.FromMilliseconds(int.MaxValue) : timeout;

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public int Users { get; set; }
    }

    private sealed class Held(LockSession session, string resource, Turn turn) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 1)
                return;
            session.Unlock(resource);
            turn.Gate.Release();
            session.Part(resource, turn);
        }
    }
}
