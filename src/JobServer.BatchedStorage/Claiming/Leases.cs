using System.Collections.Concurrent;
using JobServer.BatchedStorage.Signalling;
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
    private readonly Bell _areOver = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task[] _loops;
    private Owner? _owner;

    /// <summary>Jobs that run here although their holds are lost.</summary>
    public ConcurrentDictionary<long, FetchedJob> Lost { get; } = new();

    public Leases(StorageParts parts)
    {
        _parts = parts;
        _sql = new LeaseSql(parts.Schema);
        _connection = new HeldConnection(parts.Held);
        _loops = [Task.Run(TendAlwaysAsync), Task.Run(WatchAlwaysAsync), Task.Run(SweepAlwaysAsync)];
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
            // Before anything is claimed anew: what is lost must not be taken for a later hold on the same job.
            _owner?.Lose();
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
            catch (Exception exception)
            {
                // It ends by itself.
                _parts.Logger.RenewalFailed(exception);
            }
        }

        _connection.Dispose();
        _disposed.Dispose();
        _turn.Dispose();
    }

    private async Task TendAlwaysAsync()
    {
        using var timer = new PeriodicTimer(_parts.Options.LeaseRenewalInterval, _parts.Time);
        while (await NextAsync(timer).ConfigureAwait(false))
            await TryAsync(TendAsync).ConfigureAwait(false);
    }

    /// <summary>Apart from the renewals: it may have to wait for what the processes that are gone have locked.</summary>
    private async Task SweepAlwaysAsync()
    {
        while (!_disposed.IsCancellationRequested)
        {
            await TryAsync(async () =>
                {
                    await _areOver.WaitAsync(Timeout.InfiniteTimeSpan, _disposed.Token).ConfigureAwait(false);
                    await SweepAsync().ConfigureAwait(false);
                })
                .ConfigureAwait(false);
        }
    }

    /// <summary>Whatever fails is tried again at the next tick.</summary>
    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!_disposed.IsCancellationRequested)
                _parts.Logger.RenewalFailed(exception);
        }
    }

    /// <summary>Renews the lease, if there is one, and looks for others that are over.</summary>
    private async Task TendAsync()
    {
        await _turn.WaitAsync(_disposed.Token).ConfigureAwait(false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token);
            limit.CancelAfter(_parts.Options.LeaseRenewalInterval);
            var connection = await _connection.OpenAsync(limit.Token).ConfigureAwait(false);
            var areOver = Volatile.Read(ref _owner) is { IsLost: false } owner
                ? await RenewAsync(connection, owner, limit.Token).ConfigureAwait(false)
                : await LookAsync(connection, limit.Token).ConfigureAwait(false);
            if (areOver)
                _areOver.Ring();
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

    private async Task<bool> LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, _sql.Look, _parts.Options.LeaseTimeout);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>Whether others are over.</summary>
    private async Task<bool> RenewAsync(NpgsqlConnection connection, Owner owner, CancellationToken cancellationToken)
    {
        var asked = _parts.Time.GetTimestamp();
        await using var command = Command(
            connection,
            _sql.Renew,
            owner.Id,
            owner.Held.Select(job => job.Hold.QueueId).ToArray(),
            _parts.Options.LeaseTimeout / 2,
            _parts.Options.LeaseTimeout
        );
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (row.GetBoolean(0))
            owner.Renewed = asked;
        else
            Lose(owner);
        return row.GetBoolean(1);
    }

    /// <summary>Does not need the database: a process that cannot reach it must stop in time all the same.</summary>
    private async Task WatchAlwaysAsync()
    {
        var look = _parts.Options.LeaseTimeout / 10;
        using var timer = new PeriodicTimer(look, _parts.Time);
        var end = _parts.Options.LeaseTimeout - 2 * look;
        while (await NextAsync(timer).ConfigureAwait(false))
        {
            if (Volatile.Read(ref _owner) is { IsLost: false } owner && _parts.Time.GetElapsedTime(owner.Renewed) > end)
                Lose(owner);
        }
    }

    private async Task SweepAsync()
    {
        var cancellationToken = _disposed.Token;
        await using var connection = await _parts.Database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var queues = new HashSet<string>();
        foreach (var (owner, name) in await ExpireAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            await using var command = Command(connection, _sql.GiveBack, owner);
            await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            _parts.Logger.LeaseExpired(name, row.GetInt32(0));
            queues.UnionWith(row.GetFieldValue<string[]>(1));
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _parts.Signals.Announce(queues);
    }

    private async Task<List<(long Owner, string Name)>> ExpireAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        var expired = new List<(long, string)>();
        await using var command = Command(connection, _sql.Expire, _parts.Options.LeaseTimeout);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            expired.Add((row.GetInt64(0), row.GetString(1)));
        return expired;
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

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
