using System.Globalization;
using System.Transactions;
using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Ids of a sequence, taken many at a time, so that rows which refer to each other can be written at once; the next ones
/// are fetched before they are needed. Ids that a process has taken and not used are lost, as those of a transaction that
/// failed.
/// </summary>
internal sealed class IdBlock(NpgsqlDataSource database, string sequence, int size)
{
    private readonly string _sql = string.Create(
        CultureInfo.InvariantCulture,
        $"select array(select nextval('{sequence}') from generate_series(1, {size}))"
    );

    private readonly Lock _lock = new();
    private long[] _ids = [];
    private int _next;
    private Task<long[]>? _coming;

    /// <param name="floor">
    /// An id that the sequence has given to anybody before. The next one is greater: a job's history is read in the order
    /// of its ids, and another process may be ahead of a block that was taken here a while ago.
    /// </param>
    public long Next(long floor = 0)
    {
        lock (_lock)
        {
            Skip(floor);
            // Those that were fetched ahead may be too small as well.
            while (_next == _ids.Length)
            {
                _ids = _coming is { IsCompletedSuccessfully: true } ? _coming.Result : Take();
                (_next, _coming) = (0, null);
                Skip(floor);
            }

            // Not in the caller's transaction, which may end before they are here.
            if (_ids.Length - _next < size / 2 && _coming is null && Transaction.Current is null)
                _coming = TakeAsync();
            return _ids[_next++];
        }
    }

    private void Skip(long floor)
    {
        while (_next < _ids.Length && _ids[_next] <= floor)
            _next++;
    }

    private long[] Take()
    {
        using var command = database.CreateCommand(_sql);
        return (long[])command.ExecuteScalar()!;
    }

    private async Task<long[]> TakeAsync()
    {
        await using var command = database.CreateCommand(_sql);
        return (long[])(await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))!;
    }
}
