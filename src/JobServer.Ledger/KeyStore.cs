using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>An API key as the ledger holds it: the key itself is not in it.</summary>
/// <param name="Hash">SHA-256 of the key's text.</param>
/// <param name="LastUsedAt">To the minute.</param>
public sealed record StoredKey(
    string Tenant,
    Guid Id,
    string Name,
    string[] Scopes,
    byte[] Hash,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>A key to be written.</summary>
public sealed record NewKey(
    string Tenant,
    Guid Id,
    string Name,
    IReadOnlyCollection<string> Scopes,
    byte[] Hash,
    DateTimeOffset? ExpiresAt
);

/// <summary>Rows of <c>keys</c>.</summary>
public sealed class KeyStore(NpgsqlDataSource database)
{
    private const string Columns = "tenant, id, name, scopes, hash, created_at, expires_at, revoked_at, last_used_at";

    /// <summary>Writes a key.</summary>
    public async Task InsertAsync(NewKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.keys (tenant, id, name, scopes, hash, expires_at)
            values (@tenant, @id, @name, @scopes, @hash, @expires_at)
            """
        );
        command
            .Parameters.With("tenant", key.Tenant)
            .With("id", key.Id)
            .With("name", key.Name)
            .With("scopes", key.Scopes.ToArray())
            .With("hash", key.Hash)
            .With("expires_at", NpgsqlDbType.TimestampTz, key.ExpiresAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The key if it is good now, of whichever tenant; notes that it is used.</summary>
    public async Task<StoredKey?> UseAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            with used as (
                update jobserver.keys set last_used_at = now()
                where id = @id and (last_used_at is null or last_used_at < now() - interval '1 minute')
            )
            select {Columns} from jobserver.keys
            where id = @id and revoked_at is null and (expires_at is null or expires_at > now())
            """
        );
        command.Parameters.With("id", id);
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Keys, newest first; of one tenant, or of all where it is null.</summary>
    /// <param name="before">The last key of the page before.</param>
    public async Task<List<StoredKey>> ListAsync(
        string? tenant,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from jobserver.keys
            where (@tenant is null or tenant = @tenant) and (@before is null or id < @before)
            order by id desc limit @limit
            """
        );
        command
            .Parameters.With("tenant", NpgsqlDbType.Text, tenant)
            .With("before", NpgsqlDbType.Uuid, before)
            .With("limit", limit);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>The key, good or not; of one tenant, or of whichever where it is null.</summary>
    public async Task<StoredKey?> FindAsync(string? tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from jobserver.keys where id = @id and (@tenant is null or tenant = @tenant)"
        );
        command.Parameters.With("id", id).With("tenant", NpgsqlDbType.Text, tenant);
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Ends a key for good; one that was ended before stays as it is. False when there is none.</summary>
    public async Task<bool> RevokeAsync(string? tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.keys set revoked_at = coalesce(revoked_at, now())
            where id = @id and (@tenant is null or tenant = @tenant)
            """
        );
        command.Parameters.With("id", id).With("tenant", NpgsqlDbType.Text, tenant);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>Whether some key is good now and has the scope.</summary>
    public async Task<bool> AnyAsync(string scope, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select exists (
                select from jobserver.keys
                where @scope = any (scopes) and revoked_at is null and (expires_at is null or expires_at > now())
            )
            """
        );
        command.Parameters.With("scope", scope);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task<List<StoredKey>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var keys = new List<StoredKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            keys.Add(
                new StoredKey(
                    row.GetString(0),
                    row.GetGuid(1),
                    row.GetString(2),
                    row.GetFieldValue<string[]>(3),
                    row.GetFieldValue<byte[]>(4),
                    row.GetFieldValue<DateTimeOffset>(5),
                    row.ValueOrNull<DateTimeOffset>(6),
                    row.ValueOrNull<DateTimeOffset>(7),
                    row.ValueOrNull<DateTimeOffset>(8)
                )
            );
        }

        return keys;
    }
}
