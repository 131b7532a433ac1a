using Hangfire.Server;

namespace JobServer.BatchedStorage.Upkeep;

/// <summary>Deletes what has expired, a few rows at a time and as long as there are any.</summary>
internal sealed class Expiration(StorageParts parts) : IBackgroundProcess
{
    private const int Rows = 2000;
    private static readonly string[] _tables = ["aggregatedcounter", "job", "list", "set", "hash"];

    public void Execute(BackgroundProcessContext context)
    {
        foreach (var table in _tables)
        {
            while (!context.IsStopping && Delete(table) == Rows) { }
        }

        context.Wait(parts.Options.ExpirationCheckInterval);
    }

    /// <summary>Deletes some rows of a table; returns how many. Rows that somebody else has locked are left for later.</summary>
    public int Delete(string table)
    {
        using var command = parts.Database.CreateCommand(
            $"""
            delete from {parts.Schema}.{table} where id = any (array(
                select id from {parts.Schema}.{table} where expireat < now() limit {Rows} for update skip locked
            ))
            """
        );
        return command.ExecuteNonQuery();
    }
}
