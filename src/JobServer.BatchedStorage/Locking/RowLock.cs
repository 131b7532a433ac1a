using System.Globalization;
using Hangfire.Storage;
using Npgsql;

namespace JobServer.BatchedStorage.Locking;

/// <summary>The row of a job, locked in a transaction: workers compare, and their commits wait for it.</summary>
internal static class RowLock
{
    /// <exception cref="DistributedLockTimeoutException">Somebody else has the job for longer than this.</exception>
    public static void Take(
        NpgsqlConnection connection,
        NpgsqlTransaction? transaction,
        string schema,
        long jobId,
        string resource,
        TimeSpan timeout
    )
    {
        using var batch = new NpgsqlBatch(connection, transaction);
        var milliseconds = Math.Clamp((long)timeout.TotalMilliseconds, 1, int.MaxValue);
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(
                string.Create(CultureInfo.InvariantCulture, $"set local lock_timeout = {milliseconds}")
            )
        );
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand($"select 1 from {schema}.job where id = $1 for no key update")
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = jobId } },
            }
        );
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local lock_timeout to default"));
        batch.Timeout = (int)Math.Min(timeout.TotalSeconds + 30, int.MaxValue);
        try
        {
            batch.ExecuteNonQuery();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new DistributedLockTimeoutException(resource);
        }
    }
}
