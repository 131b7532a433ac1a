using System.Collections.Concurrent;
using Npgsql;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// Keeps this process's lease, and ends those of processes that are gone: their jobs go back to the queues. A process whose
/// lease is over, by its own clock or by the database's, stops all that it runs: somebody else may be running it.
/// </summary>
internal sealed class Leases : IDisposable
{
    private readonly StorageParts _parts;
    private readonly LeaseSql _sql;
    private readonly HeldConnection _connection;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task[] _loops;
    private Owner? _owner;

    /// <summary>Jobs that run here although their holds are lost.</summary>
    public ConcurrentDictionary<long, bool> Lost { get; } = new();

    public Leases(StorageParts parts)
    {
        _parts = parts;
        _sql = new LeaseSql(parts.Schema);
        _connection = new HeldConnection(parts.Database);
        _loops = [Task.Run(RenewAlwaysAsync), Task.Run(WatchAlwaysAsync)];
    }

    /// <summary>This process's lease, begun if it has none.</summary>
    public async ValueTask<Owner> OwnAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _owner) is { IsLost: false } owner)
            return owner;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_owner is { IsLost: false } begun)
                return begun;
            var asked = _parts.Time.GetTimestamp();
            var made = new Owner(await BeginAsync(cancellationToken).ConfigureAwait(false), asked);
            Volatile.Write(ref _owner, made);
            return made;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Forget(FetchedJob job) => Volatile.Read(ref _owner)?.Remove(job);

    /// <summary>Ends the lease; what is held still goes back to its queue.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        Task.WaitAll(_loops);
        if (_owner is { IsLost: false } owner)
        {
            try
            {
                using var command = Command(_connection.Open(), _sql.End, owner.Id);
                command.ExecuteNonQuery();
            }
            catch (NpgsqlException)
            {
                // It ends by itself.
            }
        }

        _connection.Dispose();
        _disposed.Dispose();
        _turn.Dispose();
    }

    private async Task RenewAlwaysAsync()
    {
        using var timer = new PeriodicTimer(_parts.Options.LeaseRenewalInterval, _parts.Time);
        while (await NextAsync(timer).ConfigureAwait(false))
        {
            if (Volatile.Read(ref _owner) is not { IsLost: false } owner)
                continue;
            try
            {
                await RenewAsync(owner).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _parts.Logger.RenewalFailed(exception);
            }
        }
    }

    private async Task RenewAsync(Owner owner)
    {
        var asked = _parts.Time.GetTimestamp();
        await _turn.WaitAsync(_disposed.Token).ConfigureAwait(false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token);
            limit.CancelAfter(_parts.Options.LeaseRenewalInterval);
            var connection = await _connection.OpenAsync(limit.Token).ConfigureAwait(false);
            await using var command = Command(connection, _sql.Renew, owner.Id);
            command.Parameters.Add(
                new NpgsqlParameter<long[]> { TypedValue = [.. owner.Held.Select(job => job.Hold.QueueId)] }
            );
            if (await command.ExecuteScalarAsync(limit.Token).ConfigureAwait(false) is true)
                owner.Renewed = asked;
            else
                Lose(owner);
        }
        catch
        {
            _connection.Close();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does not need the database: a process that cannot reach it must stop in time all the same.</summary>
    private async Task WatchAlwaysAsync()
    {
        var look = TimeSpan.FromTicks(
            Math.Min(_parts.Options.LeaseCheckInterval.Ticks, _parts.Options.LeaseTimeout.Ticks / 10)
        );
        using var timer = new PeriodicTimer(look, _parts.Time);
        var end = _parts.Options.LeaseTimeout - 2 * look;
        var sinceSweep = _parts.Time.GetTimestamp();
        while (await NextAsync(timer).ConfigureAwait(false))
        {
            if (_owner is { IsLost: false } owner && _parts.Time.GetElapsedTime(owner.Renewed) > end)
                Lose(owner);
            if (_parts.Time.GetElapsedTime(sinceSweep) < _parts.Options.LeaseCheckInterval)
                continue;
            sinceSweep = _parts.Time.GetTimestamp();
            try
            {
                await SweepAsync(_disposed.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _parts.Logger.RenewalFailed(exception);
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _parts.Database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = Command(connection, _sql.Sweep, _parts.Options.LeaseTimeout);
        var queues = new HashSet<string>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _parts.Logger.LeaseExpired(row.GetString(0), row.GetInt32(1));
                queues.UnionWith(row.GetFieldValue<string[]>(2));
            }
        }

        _parts.Signals.Announce(queues);
    }

    private void Lose(Owner owner)
    {
        _parts.Logger.LeaseLost(owner.Held.Count);
        owner.Lose();
    }

    private async Task<long> BeginAsync(CancellationToken cancellationToken)
    {
        var connection = await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var command = Command(connection, _sql.Begin, $"{Environment.MachineName}:{Environment.ProcessId}");
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_disposed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object value) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter { Value = value } } };
}
