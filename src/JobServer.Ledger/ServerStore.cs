using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>A time during which a server was up.</summary>
public readonly record struct UpTime(DateTimeOffset From, DateTimeOffset To);

/// <summary>Rows of <c>servers</c>: which server was up when, by the database's clock.</summary>
public sealed class ServerStore(NpgsqlDataSource database)
{
    /// <summary>A server counts as up this long after it was last seen: twice the time between two renewals.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>
    /// Says that the server is up now, and was without a break since it started. Returns when that was.
    /// </summary>
    /// <param name="startedAt">What the first call returned; null for that.</param>
    public async Task<DateTimeOffset> RenewAsync(
        Guid id,
        string name,
        DateTimeOffset? startedAt,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.servers (id, name, started_at) values (@id, @name, coalesce(@started_at, now()))
            on conflict (id) do update set seen_at = now()
            returning started_at
            """
        );
        command.Parameters.With("id", id).With("name", name).With("started_at", NpgsqlDbType.TimestampTz, startedAt);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>The times servers were up, as far as they reach beyond <paramref name="since"/>.</summary>
    public async Task<List<UpTime>> UpSinceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select started_at, seen_at + @grace from jobserver.servers where seen_at >= @since - @grace"
        );
        command.Parameters.With("since", since).With("grace", Grace);
        var times = new List<UpTime>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            times.Add(new UpTime(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)));
        return times;
    }

    /// <summary>
    /// Removes servers last seen more than a day ago, and before every due time that is still to be judged by them.
    /// </summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            delete from jobserver.servers
            where seen_at < now() - @kept and seen_at < coalesce(
                (select min(next_due_at) from jobserver.schedules where not paused and next_due_at is not null), now()
            ) - @grace
            """
        );
        command.Parameters.With("kept", Kept).With("grace", Grace);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
