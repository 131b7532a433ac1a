using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>What of a schedule has not ended.</summary>
/// <param name="Unfinished">Any job of it; null when all have ended.</param>
/// <param name="InLine">Jobs of it that wait for earlier ones.</param>
public readonly record struct ScheduleLoad(Guid? Unfinished, int InLine);

/// <summary>Rows of <c>schedule_runs</c>, and what jobs of schedules there are.</summary>
public sealed class ScheduleRunStore(NpgsqlDataSource database)
{
    /// <summary>The newest runs of a schedule are kept, so many.</summary>
    public const int Kept = 1000;

    /// <summary>
    /// Records what became of due times, unless that is recorded already; joins the ambient transaction, which has the
    /// lock of the schedule. Returns how many are new.
    /// </summary>
    public async Task<int> InsertAsync(
        ScheduleKey key,
        IReadOnlyCollection<DateTimeOffset> dueAt,
        string outcome,
        Guid? jobId,
        string? detail,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.schedule_runs (tenant, schedule_id, due_at, job_id, outcome, detail)
            select @tenant, @id, due_at, @job, @outcome, @detail from unnest(@due_at) as due_at
            on conflict (tenant, schedule_id, due_at) do nothing
            """
        );
        command
            .Parameters.WithSchedule(key)
            .With("due_at", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, dueAt.ToArray())
            .With("job", NpgsqlDbType.Uuid, jobId)
            .With("outcome", outcome)
            .With("detail", NpgsqlDbType.Text, detail);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs newest first, those before <paramref name="before"/>.</summary>
    public async Task<List<ScheduleRun>> ListAsync(
        ScheduleKey key,
        DateTimeOffset? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select due_at, outcome, job_id, detail, at from jobserver.schedule_runs
            where tenant = @tenant and schedule_id = @id and (@before is null or due_at < @before)
            order by due_at desc limit @limit
            """
        );
        command.Parameters.WithSchedule(key).With("before", NpgsqlDbType.TimestampTz, before).With("limit", limit);
        var runs = new List<ScheduleRun>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            runs.Add(Read(row, first: 0));
        return runs;
    }

    /// <summary>The newest run of each of these schedules that has one.</summary>
    public async Task<Dictionary<string, ScheduleRun>> NewestAsync(
        string tenant,
        IReadOnlyCollection<string> schedules,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select s.id, r.due_at, r.outcome, r.job_id, r.detail, r.at
            from unnest(@ids) as s (id)
            cross join lateral (
                select due_at, outcome, job_id, detail, at from jobserver.schedule_runs
                where tenant = @tenant and schedule_id = s.id
                order by due_at desc limit 1
            ) r
            """
        );
        command.Parameters.With("tenant", tenant).With("ids", schedules.ToArray());
        var runs = new Dictionary<string, ScheduleRun>(StringComparer.Ordinal);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            runs.Add(row.GetString(0), Read(row, first: 1));
        return runs;
    }

    /// <summary>Removes runs beyond the newest <see cref="Kept"/>.</summary>
    public async Task TrimAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            delete from jobserver.schedule_runs
            where tenant = @tenant and schedule_id = @id and due_at <= (
                select due_at from jobserver.schedule_runs
                where tenant = @tenant and schedule_id = @id
                order by due_at desc offset @kept limit 1
            )
            """
        );
        command.Parameters.WithSchedule(key).With("kept", Kept);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What of the schedule has not ended.</summary>
    public async Task<ScheduleLoad> LoadAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select (array_agg(id order by id desc))[1], count(*) filter (where in_line and state = 'scheduled')
            from jobserver.jobs
            where tenant = @tenant and schedule_id = @id and finished_at is null
            """
        );
        command.Parameters.WithSchedule(key);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new ScheduleLoad(row.ValueOrNull<Guid>(0), (int)row.GetInt64(1));
    }

    private static ScheduleRun Read(NpgsqlDataReader row, int first) =>
        new(
            row.GetFieldValue<DateTimeOffset>(first),
            row.GetString(first + 1),
            row.ValueOrNull<Guid>(first + 2),
            row.TextOrNull(first + 3),
            row.GetFieldValue<DateTimeOffset>(first + 4)
        );
}
