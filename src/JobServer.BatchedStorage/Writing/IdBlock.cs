using System.Transactions;
using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Ids of a sequence, taken many at a time, so that rows which refer to each other can be written at once. Ids that a
/// process has taken and not used are lost, as those of a transaction that failed.
/// </summary>
internal sealed class IdBlock(NpgsqlDataSource database, string sequence, int size)
{
    private readonly Lock _lock = new();
    private long[] _ids = [];
    private int _next;

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
        // Ids are nobody's transaction, and a second connection in the caller's would make it a distributed one.
        using var outside = new TransactionScope(
            TransactionScopeOption.Suppress,
            TransactionScopeAsyncFlowOption.Enabled
        );
        using var command = database.CreateCommand(
            $"select array(select nextval('{sequence}') from generate_series(1, {size}))"
        );
        return (long[])command.ExecuteScalar()!;
    }
}
