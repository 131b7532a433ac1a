using Npgsql;

namespace JobServer.Ledger;

/// <summary>A request that was answered before under its key.</summary>
/// <param name="Request">Method and path.</param>
/// <param name="Fingerprint">SHA-256 of its body.</param>
/// <param name="ResourceId">The job or file it made.</param>
public sealed record KnownRequest(string Request, byte[] Fingerprint, Guid ResourceId);

/// <summary>What a claim of a key came to: a request known under it, or else whether it is ours now.</summary>
/// <param name="Obtained">False while another request of this key is in progress.</param>
public readonly record struct KeyClaim(KnownRequest? Known, bool Obtained);

/// <summary>Rows of <c>idempotency_keys</c>: what was made by requests that may be sent again.</summary>
public sealed class IdempotencyStore(NpgsqlDataSource database)
{
    /// <summary>A key is remembered this long.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    private const string Find = """
        select request, fingerprint, resource_id from jobserver.idempotency_keys
        where tenant = @tenant and key = @key and created_at > now() - @remembered
        """;

    /// <summary>The request known under this key, or null.</summary>
    public async Task<KnownRequest?> FindAsync(string tenant, string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Find);
        command.Parameters.With("tenant", tenant).With("key", key).With("remembered", Remembered);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(row, cancellationToken);
    }

    /// <summary>
    /// Claims the key until the ambient transaction ends, unless it is known or another transaction has it. Waits for
    /// nobody.
    /// </summary>
    public async Task<KeyClaim> ClaimAsync(string tenant, string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ClaimAsync(connection, tenant, key, cancellationToken);
    }

    /// <summary>Remembers what a request made. Joins the ambient transaction, in which its key was claimed.</summary>
    public async Task InsertAsync(string tenant, string key, KnownRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await InsertAsync(connection, tenant, key, request, cancellationToken);
    }

    internal static async Task<KeyClaim> ClaimAsync(
        NpgsqlConnection connection,
        string tenant,
        string key,
        CancellationToken cancellationToken
    )
    {
        await using var batch = connection.CreateBatch();
        // Looked for once more under the lock: its last holder may have committed in between.
        foreach (
            var sql in new[]
            {
                Find,
                "select pg_try_advisory_xact_lock(hashtextextended('idempotency ' || @tenant || ' ' || @key, 0))",
                Find,
            }
        )
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.With("tenant", tenant).With("key", key).With("remembered", Remembered);
            batch.BatchCommands.Add(command);
        }

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var known = await ReadAsync(row, cancellationToken);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var obtained = row.GetBoolean(0);
        await row.NextResultAsync(cancellationToken);
        return new KeyClaim(known ?? await ReadAsync(row, cancellationToken), obtained);
    }

    internal static async Task InsertAsync(
        NpgsqlConnection connection,
        string tenant,
        string key,
        KnownRequest request,
        CancellationToken cancellationToken
    )
    {
        // A row that is there is older than keys are remembered.
        await using var command = new NpgsqlCommand(
            """
            insert into jobserver.idempotency_keys (tenant, key, request, fingerprint, resource_id)
            values (@tenant, @key, @request, @fingerprint, @resource)
            on conflict (tenant, key) do update
            set request = @request, fingerprint = @fingerprint, resource_id = @resource, created_at = now()
            """,
            connection
        );
        command
            .Parameters.With("tenant", tenant)
            .With("key", key)
            .With("request", request.Request)
            .With("fingerprint", request.Fingerprint)
            .With("resource", request.ResourceId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<KnownRequest?> ReadAsync(NpgsqlDataReader row, CancellationToken cancellationToken) =>
        await row.ReadAsync(cancellationToken)
            ? new KnownRequest(row.GetString(0), row.GetFieldValue<byte[]>(1), row.GetGuid(2))
            : null;
}
