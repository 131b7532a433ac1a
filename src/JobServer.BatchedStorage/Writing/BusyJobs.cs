using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>Units that wait because somebody else has a lock on one of their jobs, so that no others wait with them.</summary>
internal sealed class BusyJobs(string schema, UnitQueue queue) : IDisposable
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _free = $"select id from {schema}.job where id = any ($1) for no key update skip locked";
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>
    /// Puts back those that can go on, at once, and the others after a rest. False, and nothing done, where no job of them
    /// is locked and they are many: the lock is on something else that one of them writes.
    /// </summary>
    public bool TrySetAside(NpgsqlConnection connection, List<Unit> units)
    {
        var locked = LockedOf(connection, units);
        var busy = units.FindAll(unit => unit.Changes.Exists(change => locked.Contains(change.JobId)));
        if (busy.Count == 0 && units.Count > 1)
            return false;
        if (busy.Count == 0)
            busy = units[..];
        queue.AddFirst(units.Except(busy).ToList());
        foreach (var unit in busy)
            _ = PutBackAsync(unit);
        return true;
    }

    public void Dispose() => _disposed.Cancel();

    private async Task PutBackAsync(Unit unit)
    {
        var rest =
            unit.Waited < FirstRest ? FirstRest
            : unit.Waited < LongestRest ? unit.Waited
            : LongestRest;
        if (unit.Waited > Patience)
        {
            unit.Fail(new ConcurrentChangeException($"Somebody has kept a job locked for {Patience}."));
            return;
        }

        unit.Waited += rest;
        await Task.Delay(rest, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_disposed.IsCancellationRequested)
            unit.Fail(new ObjectDisposedException(nameof(BatchedPostgreSqlStorage)));
        else
            queue.AddFirst([unit]);
    }

    private HashSet<long> LockedOf(NpgsqlConnection connection, List<Unit> units)
    {
        var all = units.SelectMany(unit => unit.Changes).Select(change => change.JobId).ToHashSet();
        using var transaction = connection.BeginTransaction();
        using var command = new NpgsqlCommand(_free, connection, transaction)
        {
            Parameters = { new NpgsqlParameter<long[]> { TypedValue = [.. all] } },
        };
        using var row = command.ExecuteReader();
        while (row.Read())
            all.Remove(row.GetInt64(0));
        return all;
    }
}
