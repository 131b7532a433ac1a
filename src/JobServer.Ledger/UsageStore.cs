using Npgsql;

namespace JobServer.Ledger;

/// <summary>What a tenant has in the ledger.</summary>
public readonly record struct TenantUsage(long UnfinishedJobs, long StoredBytes);

/// <summary>Counts what tenants have.</summary>
public sealed class UsageStore(NpgsqlDataSource database)
{
    /// <summary>Every tenant that has anything.</summary>
    public async Task<IReadOnlyDictionary<string, TenantUsage>> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select tenant, coalesce(jobs.count, 0), coalesce(files.bytes, 0)::bigint
            from (select tenant, count(*) from jobserver.jobs where finished_at is null group by tenant) jobs
            full join (select tenant, sum(bytes) as bytes from jobserver.files group by tenant) files using (tenant)
            """
        );
        var usage = new Dictionary<string, TenantUsage>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            usage[row.GetString(0)] = new TenantUsage(row.GetInt64(1), row.GetInt64(2));
        return usage;
    }
}
