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

    /// <summary>Sets those aside whose jobs somebody has locked; returns the others.</summary>
    public List<Unit> SetAside(NpgsqlConnection connection, List<Unit> units)
    {
        var locked = LockedOf(connection, units);
        var free = units.FindAll(unit => !unit.Changes.Exists(change => locked.Contains(change.JobId)));
        foreach (var unit in units.Except(free))
            SetAside(unit);
        return free;
    }

    /// <summary>Puts it back after a rest.</summary>
    public void SetAside(Unit unit) => _ = PutBackAsync(unit);

    /// <summary>Those set aside fail.</summary>
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
        if (_disposed.IsCancellationRequested || !queue.TryAddFirst(unit))
            unit.Fail(new ObjectDisposedException(nameof(BatchedPostgreSqlStorage)));
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
