using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Ids of a sequence, taken many at a time, so that rows which refer to each other can be written at once. Ids that a
/// process has taken and not used are lost, as those of a transaction that failed: it begins with few, and takes twice as
/// many each time.
/// </summary>
internal sealed class IdBlock(NpgsqlDataSource database, string sequence)
{
    private const int First = 10;
    private const int Most = 4000;

    private readonly Lock _lock = new();
    private long[] _ids = [];
    private int _next;
    private int _size = First;

    /// <param name="floor">
    /// An id that the sequence has given to anybody before. The next one is greater: a job's history is read in the order
    /// of its ids, and another process may be ahead of a block that was taken here a while ago.
    /// </param>
    public long Next(long floor = 0)
    {
        lock (_lock)
        {
            while (_next < _ids.Length && _ids[_next] <= floor)
                _next++;
            if (_next == _ids.Length)
            {
                _ids = Take();
                _next = 0;
            }

            return _ids[_next++];
        }
    }

    private long[] Take()
    {
        // Not the caller's transaction: what a sequence gives is given.
        using var suppressed = Outside.Ambient();
        using var command = database.CreateCommand(
            $"select array(select nextval('{sequence}') from generate_series(1, {_size}))"
        );
        _size = Math.Min(2 * _size, Most);
        return (long[])command.ExecuteScalar()!;
    }
}
