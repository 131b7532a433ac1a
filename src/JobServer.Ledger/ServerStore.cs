using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>A time during which a server was up.</summary>
public readonly record struct UpTime(DateTimeOffset From, DateTimeOffset To);

/// <summary>What a server learns when it says that it is up.</summary>
/// <param name="StartedAt">Since when it is.</param>
/// <param name="IsNeeded">There are schedules that go by it.</param>
public readonly record struct Beat(DateTimeOffset StartedAt, bool IsNeeded);

/// <summary>Rows of <c>servers</c>: which server was up when, by the database's clock.</summary>
public sealed class ServerStore(NpgsqlDataSource database)
{
    /// <summary>
    /// How late the record of a server that is up may be renewed: only beyond that does its silence say that it is down.
    /// </summary>
    public static readonly TimeSpan Lag = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>
    /// Says that the server is up now, and was without a break since it started. Returns when that was. Not flushed: what a
    /// crash of the database takes along is half a second.
    /// </summary>
    /// <param name="startedAt">What the first call returned; null for that.</param>
    public async Task<Beat> RenewAsync(
        Guid id,
        string name,
        DateTimeOffset? startedAt,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.servers (id, name, started_at)
            select @id, @name, coalesce(@started_at, now())
            from (select set_config('synchronous_commit', 'off', true)) as unflushed
            on conflict (id) do update set seen_at = now()
            returning started_at, exists (select from jobserver.schedules where not paused)
            """
        );
        command.Parameters.With("id", id).With("name", name).With("started_at", NpgsqlDbType.TimestampTz, startedAt);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Beat(row.GetFieldValue<DateTimeOffset>(0), row.GetBoolean(1));
    }

    /// <summary>The times servers were up, as far as they reach beyond <paramref name="since"/>.</summary>
    public async Task<List<UpTime>> UpSinceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select started_at, seen_at from jobserver.servers where seen_at >= @since"
        );
        command.Parameters.With("since", since);
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
            )
            """
        );
        command.Parameters.With("kept", Kept);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
