using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Rows of <c>jobs</c>: find, list, cancel, erase.</summary>
public sealed class JobStore(NpgsqlDataSource database)
{
    internal const string Columns = """
        tenant, id, kind, queue, state, args, tags, lanes, chunk_size, batched, total, succeeded, failed,
        tolerate_failed_percent, job_timeout, error_code, error_detail, retry_of, duplicates_prevented, repairs, created_at, started_at, finished_at,
        unique_key, start_at, deadline, schedule_id, due_at, held, priority
        """;

    /// <summary>How many <see cref="Columns"/> are.</summary>
    internal const int ColumnCount = 30;

    /// <summary>The unfinished job that has this unique key, or null.</summary>
    public async Task<JobKey?> FindUniqueAsync(string tenant, string uniqueKey, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select id from jobserver.jobs
            where tenant = @tenant and unique_key = @unique_key and finished_at is null
            """
        );
        command.Parameters.With("tenant", tenant).With("unique_key", uniqueKey);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid id ? new JobKey(tenant, id) : null;
    }

    /// <summary>The job, or null.</summary>
    public async Task<Job?> FindAsync(JobKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from jobserver.jobs where tenant = @tenant and id = @job"
        );
        command.Parameters.WithJob(key);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? ReadJob(row) : null;
    }

    /// <summary>Kind and number of lanes of a job of any tenant, or null. Blocks: for callers that cannot await.</summary>
    public (string Kind, int Lanes)? FindShape(Guid id, TimeSpan limit)
    {
        using var command = database.CreateCommand("select kind, lanes from jobserver.jobs where id = @job");
        command.CommandTimeout = (int)limit.TotalSeconds;
        command.Parameters.With("job", id);
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetString(0), row.GetInt16(1)) : null;
    }

    /// <summary>Jobs newest first, those after <paramref name="before"/> in that order.</summary>
    public async Task<List<Job>> ListAsync(
        string tenant,
        string? kind,
        JobState? state,
        string? tag,
        string? schedule,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from jobserver.jobs
            where tenant = @tenant
                and (@kind is null or kind = @kind)
                and (@state is null or state = @state)
                and (@tag is null or @tag = any (tags))
                and (@schedule is null or schedule_id = @schedule)
                and (@before is null or id < @before)
            order by id desc
            limit @limit
            """
        );
        command
            .Parameters.With("tenant", tenant)
            .With("kind", NpgsqlDbType.Text, kind)
            .With("state", NpgsqlDbType.Text, state?.ToText())
            .With("tag", NpgsqlDbType.Text, tag)
            .With("schedule", NpgsqlDbType.Text, schedule)
            .With("before", NpgsqlDbType.Uuid, before)
            .With("limit", limit);
        var jobs = new List<Job>(limit);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            jobs.Add(ReadJob(row));
        return jobs;
    }

    /// <summary>
    /// Asks a job to end: at once when no lane is running, through <c>cancelling</c> otherwise. Returns the state
    /// it is in afterwards (unchanged when it had finished before), or null for an unknown job.
    /// </summary>
    public async Task<JobState?> CancelAsync(JobKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with job as (
                select state from jobserver.jobs where tenant = @tenant and id = @job for update
            ), ended as (
                select state, exists (
                    select from jobserver.lanes where tenant = @tenant and job_id = @job and running
                ) as has_running_lanes
                from job
            ), changed as (
                update jobserver.jobs j
                set state = case when e.has_running_lanes then 'cancelling' else 'cancelled' end,
                    finished_at = case when e.has_running_lanes then null else now() end
                from ended e
                where j.tenant = @tenant and j.id = @job and j.finished_at is null
                returning j.state
            )
            select coalesce((select state from changed), (select state from job))
            """
        );
        command.Parameters.WithJob(key);
        return await command.ExecuteScalarAsync(cancellationToken) is string state ? JobStates.Parse(state) : null;
    }

    /// <summary>
    /// Erases a finished job with its chunks, lanes and log; its results, and the records that came with it, are deleted
    /// later. False when there is no such finished job, when it is held, or when an unfinished one reads from it.
    /// </summary>
    public async Task<bool> DeleteAsync(JobKey key, CancellationToken cancellationToken)
    {
        // Beyond the lock nobody can begin to read from it.
        const string Erasable = """
            exists (
                select from jobserver.jobs j
                where j.tenant = @tenant and j.id = @job and j.finished_at is not null and not j.held and not exists (
                    select from jobserver.job_inputs i
                    join jobserver.jobs r on r.tenant = i.tenant and r.id = i.job_id
                    where i.tenant = @tenant and i.source_id = @job and r.finished_at is null
                )
            )
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        foreach (
            var sql in new[]
            {
                LaneStore.LockJob,
                $"""
                    with files as (
                        delete from jobserver.files where tenant = @tenant and job_id = @job and {Erasable} returning id
                    )
                    insert into jobserver.erasures (tenant, id)
                    select @tenant, id from files
                    union all
                    select @tenant, @job where {Erasable}
                    """,
                $"delete from jobserver.jobs where tenant = @tenant and id = @job and {Erasable}",
            }
        )
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.WithJob(key);
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        return batch.BatchCommands[^1].RecordsAffected == 1;
    }

    /// <summary>Has retention spare the job, or not any more. False for an unknown job.</summary>
    public async Task<bool> HoldAsync(JobKey key, bool held, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "update jobserver.jobs set held = @held where tenant = @tenant and id = @job"
        );
        command.Parameters.WithJob(key).With("held", held);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    internal static Job ReadJob(NpgsqlDataReader row) =>
        new(
            new JobKey(row.GetString(0), row.GetGuid(1)),
            row.GetString(2),
            row.GetString(3),
            JobStates.Parse(row.GetString(4)),
            row.GetFieldValue<byte[]>(5),
            row.GetFieldValue<string[]>(6),
            row.GetInt16(7),
            row.GetInt32(8),
            row.GetBoolean(9),
            row.GetInt32(10),
            row.GetInt32(11),
            row.GetInt32(12),
            row.GetFloat(13),
            row.ValueOrNull<TimeSpan>(14),
            row.IsDBNull(15) ? null : new JobError(row.GetString(15), row.GetString(16)),
            row.ValueOrNull<Guid>(17),
            row.GetInt64(18),
            row.GetInt32(19),
            row.GetFieldValue<DateTimeOffset>(20),
            row.ValueOrNull<DateTimeOffset>(21),
            row.ValueOrNull<DateTimeOffset>(22),
            row.TextOrNull(23),
            row.ValueOrNull<DateTimeOffset>(24),
            row.ValueOrNull<DateTimeOffset>(25),
            row.TextOrNull(26),
            row.ValueOrNull<DateTimeOffset>(27),
            row.GetBoolean(28),
            JobPriorities.Parse(row.GetString(29))
        );
}
