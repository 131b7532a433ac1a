using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Who does something.</summary>
/// <param name="Name">Of the key, or of what acts by itself.</param>
/// <param name="KeyId">Null where it is no stored key.</param>
/// <param name="Address">Where the request came from; null where there was none.</param>
public sealed record Actor(string Name, Guid? KeyId = null, string? Address = null);

/// <summary>What somebody did.</summary>
/// <param name="No">Grows with time.</param>
/// <param name="Action">The name of the operation.</param>
/// <param name="Subject">The path of what it was done to.</param>
/// <param name="Status">How it was answered, as an HTTP status.</param>
public sealed record AuditEntry(
    long No,
    DateTimeOffset At,
    string Actor,
    Guid? KeyId,
    string? Address,
    string Action,
    string Subject,
    int Status
);

/// <summary>Rows of <c>audit</c>. That a job was accepted is written by <see cref="AcceptStore"/>, in its commit.</summary>
public sealed class AuditStore(NpgsqlDataSource database)
{
    /// <summary>Writes an entry.</summary>
    public async Task InsertAsync(
        string tenant,
        Actor actor,
        string action,
        string subject,
        int status,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.audit (tenant, actor, key_id, address, action, subject, status)
            values (@tenant, @actor, @key_id, @address, @action, @subject, @status)
            """
        );
        command
            .Parameters.With("tenant", tenant)
            .With("actor", actor.Name)
            .With("key_id", NpgsqlDbType.Uuid, actor.KeyId)
            .With("address", NpgsqlDbType.Text, actor.Address)
            .With("action", action)
            .With("subject", subject)
            .With("status", (short)status);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Entries of a tenant, newest first.</summary>
    /// <param name="before">The number of the last entry of the page before.</param>
    public async Task<List<AuditEntry>> ListAsync(
        string tenant,
        string? action,
        Guid? keyId,
        long? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select no, at, actor, key_id, address, action, subject, status from jobserver.audit
            where tenant = @tenant and (@before is null or no < @before)
                and (@action is null or action = @action) and (@key_id is null or key_id = @key_id)
            order by no desc limit @limit
            """
        );
        command
            .Parameters.With("tenant", tenant)
            .With("before", NpgsqlDbType.Bigint, before)
            .With("action", NpgsqlDbType.Text, action)
            .With("key_id", NpgsqlDbType.Uuid, keyId)
            .With("limit", limit);
        var entries = new List<AuditEntry>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            entries.Add(
                new AuditEntry(
                    row.GetInt64(0),
                    row.GetFieldValue<DateTimeOffset>(1),
                    row.GetString(2),
                    row.ValueOrNull<Guid>(3),
                    row.TextOrNull(4),
                    row.GetString(5),
                    row.GetString(6),
                    row.GetInt16(7)
                )
            );
        }

        return entries;
    }

    /// <summary>Erases entries older than this, so many at most. Returns how many.</summary>
    public async Task<int> EraseAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            delete from jobserver.audit where (tenant, no) in (
                select tenant, no from jobserver.audit where at < now() - @age limit @limit
            )
            """
        );
        command.Parameters.With("age", age).With("limit", limit);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
