using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Rows of <c>schedules</c>. The time is the database's, everywhere.</summary>
public sealed class ScheduleStore(NpgsqlDataSource database)
{
    private const string Select = """
        select tenant, id, cron, time_zone, kind, args, misfire, misfire_limit, overlap, jitter, start_at, end_at,
            paused, declared, seen_until, next_due_at, created_at, updated_at, clock_timestamp()
        from jobserver.schedules
        """;

    /// <summary>The schedule, or null.</summary>
    public Task<Schedule?> FindAsync(ScheduleKey key, CancellationToken cancellationToken) =>
        FindAsync(key, "", cancellationToken);

    /// <summary>The schedule under its lock, which is waited for, until the ambient transaction ends.</summary>
    public Task<Schedule?> LockAsync(ScheduleKey key, CancellationToken cancellationToken) =>
        FindAsync(key, "for update", cancellationToken);

    /// <summary>The same; null, too, when another transaction has the lock.</summary>
    public Task<Schedule?> TryLockAsync(ScheduleKey key, CancellationToken cancellationToken) =>
        FindAsync(key, "for update skip locked", cancellationToken);

    /// <summary>Schedules by their ids, those after <paramref name="after"/> in that order.</summary>
    public async Task<List<Schedule>> ListAsync(
        string tenant,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"""
            {Select} where tenant = @tenant and (@after is null or id collate "C" > @after)
            order by id collate "C" limit @limit
            """
        );
        command.Parameters.With("tenant", tenant).With("after", NpgsqlDbType.Text, after).With("limit", limit);
        return await ReadAllAsync(command, cancellationToken);
    }

    /// <summary>Schedules of every tenant, those after <paramref name="after"/> in the order of their keys.</summary>
    public async Task<List<Schedule>> ListAsync(ScheduleKey? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            {Select} where @after is null or (tenant collate "C", id collate "C") > (@tenant, @after)
            order by tenant collate "C", id collate "C" limit @limit
            """
        );
        command
            .Parameters.With("tenant", NpgsqlDbType.Text, after?.Tenant)
            .With("after", NpgsqlDbType.Text, after?.Id)
            .With("limit", limit);
        return await ReadAllAsync(command, cancellationToken);
    }

    /// <summary>The database's time.</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select clock_timestamp()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Writes the schedule; joins the ambient transaction. True when there was none of its id.</summary>
    public async Task<bool> PutAsync(
        ScheduleKey key,
        ScheduleDefinition definition,
        bool paused,
        bool declared,
        DateTimeOffset seenUntil,
        DateTimeOffset? nextDueAt,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.schedules (
                tenant, id, cron, time_zone, kind, args, misfire, misfire_limit, overlap, jitter, start_at, end_at,
                paused, declared, seen_until, next_due_at
            )
            values (
                @tenant, @id, @cron, @time_zone, @kind, @args, @misfire, @misfire_limit, @overlap, @jitter, @start_at,
                @end_at, @paused, @declared, @seen_until, @next_due_at
            )
            on conflict (tenant, id) do update
            set cron = excluded.cron, time_zone = excluded.time_zone, kind = excluded.kind, args = excluded.args,
                misfire = excluded.misfire, misfire_limit = excluded.misfire_limit, overlap = excluded.overlap,
                jitter = excluded.jitter, start_at = excluded.start_at, end_at = excluded.end_at,
                paused = excluded.paused, declared = excluded.declared, seen_until = excluded.seen_until,
                next_due_at = excluded.next_due_at, updated_at = now()
            returning xmax = 0
            """
        );
        command
            .Parameters.WithSchedule(key)
            .With("cron", definition.Cron)
            .With("time_zone", definition.TimeZone)
            .With("kind", definition.Kind)
            .With("args", NpgsqlDbType.Json, definition.Args)
            .With("misfire", definition.Misfire)
            .With("misfire_limit", definition.MisfireLimit)
            .With("overlap", definition.Overlap)
            .With("jitter", definition.Jitter)
            .With("start_at", NpgsqlDbType.TimestampTz, definition.StartAt)
            .With("end_at", NpgsqlDbType.TimestampTz, definition.EndAt)
            .With("paused", paused)
            .With("declared", declared)
            .With("seen_until", seenUntil)
            .With("next_due_at", NpgsqlDbType.TimestampTz, nextDueAt);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Moves the schedule on; joins the ambient transaction, which has its lock.</summary>
    public async Task MoveAsync(
        ScheduleKey key,
        bool paused,
        DateTimeOffset seenUntil,
        DateTimeOffset? nextDueAt,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.schedules
            set paused = @paused, seen_until = @seen_until, next_due_at = @next_due_at,
                updated_at = case when paused = @paused then updated_at else now() end
            where tenant = @tenant and id = @id
            """
        );
        command
            .Parameters.WithSchedule(key)
            .With("paused", paused)
            .With("seen_until", seenUntil)
            .With("next_due_at", NpgsqlDbType.TimestampTz, nextDueAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes the schedule and its runs; its jobs stay. False when there is none.</summary>
    public async Task<bool> DeleteAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "delete from jobserver.schedules where tenant = @tenant and id = @id"
        );
        command.Parameters.WithSchedule(key);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Removes declared schedules other than these. Returns the ids of those removed.</summary>
    public async Task<List<string>> DeleteUndeclaredAsync(
        string tenant,
        IReadOnlyCollection<string> declared,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            "delete from jobserver.schedules where tenant = @tenant and declared and not id = any (@ids) returning id"
        );
        command.Parameters.With("tenant", tenant).With("ids", declared.ToArray());
        var removed = new List<string>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            removed.Add(row.GetString(0));
        return removed;
    }

    /// <summary>Whether something is due now, as far as another host has not seen to it.</summary>
    public async Task<bool> IsDueAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select exists (
                select from jobserver.schedules
                where tenant = @tenant and id = @id and not paused and next_due_at <= now()
            )
            """
        );
        command.Parameters.WithSchedule(key);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Schedules with a due time that nobody has seen to for this long, the longest first.</summary>
    public async Task<List<ScheduleKey>> FindLateAsync(TimeSpan late, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select tenant, id from jobserver.schedules
            where not paused and next_due_at is not null and next_due_at < now() - @late
            order by next_due_at limit @limit
            """
        );
        command.Parameters.With("late", late).With("limit", limit);
        var keys = new List<ScheduleKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            keys.Add(new ScheduleKey(row.GetString(0), row.GetString(1)));
        return keys;
    }

    private async Task<Schedule?> FindAsync(ScheduleKey key, string locking, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where tenant = @tenant and id = @id {locking}");
        command.Parameters.WithSchedule(key);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    private static async Task<List<Schedule>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var schedules = new List<Schedule>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            schedules.Add(Read(row));
        return schedules;
    }

    private static Schedule Read(NpgsqlDataReader row) =>
        new(
            new ScheduleKey(row.GetString(0), row.GetString(1)),
            new ScheduleDefinition(
                row.GetString(2),
                row.GetString(3),
                row.GetString(4),
                row.GetFieldValue<byte[]>(5),
                row.GetString(6),
                row.GetInt32(7),
                row.GetString(8),
                row.GetFieldValue<TimeSpan>(9),
                row.ValueOrNull<DateTimeOffset>(10),
                row.ValueOrNull<DateTimeOffset>(11)
            ),
            row.GetBoolean(12),
            row.GetBoolean(13),
            row.GetFieldValue<DateTimeOffset>(14),
            row.ValueOrNull<DateTimeOffset>(15),
            row.GetFieldValue<DateTimeOffset>(16),
            row.GetFieldValue<DateTimeOffset>(17),
            row.GetFieldValue<DateTimeOffset>(18)
        );
}
