using JobServer.BatchedStorage;
using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>One lane of a job.</summary>
public readonly record struct LaneKey(JobKey Job, int Lane);

/// <summary>What a lane learns when it starts.</summary>
/// <param name="Job">As it is after this start.</param>
/// <param name="Epoch">Fence token of this start; null when another Hangfire job owns the lane.</param>
/// <param name="TimeLeft">Until the job's time is up; null without a limit. Negative when it is up already.</param>
/// <param name="IsJobStart">This start made the job run.</param>
public sealed record LaneStart(Job Job, int? Epoch, TimeSpan? TimeLeft, bool IsJobStart);

/// <summary>What became of a run of a lane that was to end.</summary>
/// <param name="State">Of the job, afterwards.</param>
/// <param name="GoesOn">The job runs, and the lane has not ended since there is work for it.</param>
public readonly record struct LaneEnding(JobState State, bool GoesOn);

/// <summary>Rows of <c>lanes</c>: who runs a lane now. Lock order everywhere: chunks, then the job, then lanes.</summary>
public sealed class LaneStore(NpgsqlDataSource database)
{
    // To be left in order is no sign of trouble: it does not count as a stall.
    private const string LetGoOfChunks = """
        update jobserver.chunks c set stalls = stalls - 1
        where c.tenant = @tenant and c.job_id = @job and c.lane = @lane and c.done_at is null and c.stalls > 0
            and exists (
                select from jobserver.lanes l
                where l.tenant = @tenant and l.job_id = @job and l.lane = @lane and l.epoch = @epoch
            )
        """;

    // Chunks that the lane l of the job j may claim.
    private const string HasWork = """
        exists (
            select from jobserver.chunks c
            where c.tenant = j.tenant and c.job_id = j.id and c.done_at is null
                and (c.lane is null or c.lane = l.lane)
        )
        """;

    internal const string LockJob = "select state from jobserver.jobs where tenant = @tenant and id = @job for update";

    /// <summary>
    /// Starts the lane for the Hangfire job that owns it, fences its earlier attempts, and moves the job on: queued
    /// to running, or to expired when its deadline has passed. Null for an unknown job.
    /// </summary>
    public async Task<LaneStart?> StartAsync(
        Guid jobId,
        int lane,
        long hangfireJobId,
        string host,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        // By the whole key: of an id alone the planner expects many rows while a table that has grown fast is not analysed,
        // and reads all that wait.
        var start = new NpgsqlBatchCommand(
            """
            update jobserver.jobs
            set state = case
                    when state = 'queued' and deadline <= now() then 'expired'
                    when state = 'queued' then 'running'
                    else state
                end,
                started_at = case
                    when state = 'queued' and deadline <= now() then started_at
                    when state = 'queued' then now()
                    else started_at
                end,
                finished_at = case when state = 'queued' and deadline <= now() then now() end
            where tenant = (select tenant from jobserver.jobs where id = @job) and id = @job and finished_at is null
            """
        );
        start.Parameters.With("job", jobId);
        var fence = new NpgsqlBatchCommand(
            """
            update jobserver.lanes l
            set epoch = l.epoch + 1, running = j.finished_at is null, host = @host
            from jobserver.jobs j
            where j.id = @job and l.tenant = j.tenant and l.job_id = j.id and l.lane = @lane
                and l.hangfire_job_id = @hangfire_job_id
            """
        );
        fence
            .Parameters.With("job", jobId)
            .With("lane", (short)lane)
            .With("hangfire_job_id", hangfireJobId)
            .With("host", host);
        var read = new NpgsqlBatchCommand(
            $"""
            select {JobStore.Columns},
                started_at + job_timeout - now(), started_at is not distinct from now(),
                (
                    select l.epoch from jobserver.lanes l
                    where l.tenant = j.tenant and l.job_id = j.id and l.lane = @lane
                        and l.hangfire_job_id = @hangfire_job_id
                )
            from jobserver.jobs j
            where id = @job
            """
        );
        read.Parameters.With("job", jobId).With("lane", (short)lane).With("hangfire_job_id", hangfireJobId);
        batch.BatchCommands.Add(start);
        batch.BatchCommands.Add(fence);
        batch.BatchCommands.Add(read);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var job = JobStore.ReadJob(row);
        return new LaneStart(
            job,
            row.ValueOrNull<int>(JobStore.ColumnCount + 2),
            row.ValueOrNull<TimeSpan>(JobStore.ColumnCount),
            row.GetBoolean(JobStore.ColumnCount + 1)
        );
    }

    /// <summary>
    /// Ends this run of the lane. Its unfinished chunks stay its own, without counting as stalled; the last lane to
    /// let go of a cancelling job makes it cancelled. A lane of a job that is held has no Hangfire job afterwards. Null
    /// when the lane was fenced.
    /// </summary>
    /// <param name="unlessWorkIsLeft">Not while the job runs and the lane could: a pause that was short may look like the end.</param>
    public async Task<LaneEnding?> EndAsync(
        LaneKey lane,
        int epoch,
        bool unlessWorkIsLeft,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = BatchFor(
            connection,
            lane,
            epoch,
            LetGoOfChunks,
            LockJob,
            $"""
            update jobserver.lanes l
            set running = false,
                hangfire_job_id = case when j.state not in ('paused', 'scheduled') then l.hangfire_job_id end
            from jobserver.jobs j
            where l.tenant = @tenant and l.job_id = @job and l.lane = @lane and l.epoch = @epoch
                and j.tenant = l.tenant and j.id = l.job_id
                and not ({(unlessWorkIsLeft ? $"j.state = 'running' and {HasWork}" : "false")})
            """,
            """
            update jobserver.jobs set state = 'cancelled', finished_at = now()
            where tenant = @tenant and id = @job and state = 'cancelling' and not exists (
                select from jobserver.lanes where tenant = @tenant and job_id = @job and running
            )
            """,
            """
            select j.state, l.running from jobserver.jobs j join jobserver.lanes l on l.tenant = j.tenant and l.job_id = j.id
            where j.tenant = @tenant and j.id = @job and l.lane = @lane and l.epoch = @epoch
            """
        );

        // The lock's answer comes first and is the state before; the last answer is the state after.
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new LaneEnding(JobStates.Parse(row.GetString(0)), row.GetBoolean(1))
            : null;
    }

    /// <summary>
    /// Hands the lane, with the chunks it has not finished, to another Hangfire job. Joins the ambient transaction.
    /// False when fenced.
    /// </summary>
    public async Task<bool> HandOverAsync(
        LaneKey lane,
        int epoch,
        long hangfireJobId,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.lanes set hangfire_job_id = @hangfire_job_id, running = false
            where tenant = @tenant and job_id = @job and lane = @lane and epoch = @epoch
            """
        );
        command
            .Parameters.WithJob(lane.Job)
            .With("lane", (short)lane.Lane)
            .With("epoch", epoch)
            .With("hangfire_job_id", hangfireJobId);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Leaves the lane's unfinished chunks to its successor and locks the job's row for the rest of the ambient
    /// transaction. Tells the job's state.
    /// </summary>
    public async Task<JobState?> PrepareHandOverAsync(LaneKey lane, int epoch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = BatchFor(connection, lane, epoch, LetGoOfChunks, LockJob);
        return await batch.ExecuteScalarAsync(cancellationToken) is string state ? JobStates.Parse(state) : null;
    }

    /// <summary>Lanes that have work and no Hangfire job. The caller holds the lock of the job's row.</summary>
    public async Task<List<short>> FindIdleAsync(JobKey job, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            select l.lane from jobserver.jobs j
            join jobserver.lanes l on l.tenant = j.tenant and l.job_id = j.id
            where j.tenant = @tenant and j.id = @job and l.hangfire_job_id is null and {HasWork}
            order by l.lane
            """
        );
        command.Parameters.WithJob(job);
        var idle = new List<short>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            idle.Add(row.GetInt16(0));
        return idle;
    }

    /// <summary>Gives a dead lane a new Hangfire job and counts the repair. Joins the ambient transaction.</summary>
    public async Task ReplaceHangfireJobAsync(LaneKey lane, long hangfireJobId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with counted as (
                update jobserver.jobs set repairs = repairs + 1 where tenant = @tenant and id = @job
            )
            update jobserver.lanes set hangfire_job_id = @hangfire_job_id
            where tenant = @tenant and job_id = @job and lane = @lane
            """
        );
        command.Parameters.WithJob(lane.Job).With("lane", (short)lane.Lane).With("hangfire_job_id", hangfireJobId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes Hangfire jobs of lanes. Joins the ambient transaction.</summary>
    public async Task WriteAsync(JobBatch hangfireJobs, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await hangfireJobs.WriteAsync(connection, cancellationToken);
    }

    /// <summary>Gives lanes the Hangfire jobs that will run them. Joins the ambient transaction.</summary>
    public async Task AssignAsync(
        JobKey job,
        IReadOnlyList<short> lanes,
        IReadOnlyList<long> hangfireJobIds,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.lanes l set hangfire_job_id = a.hangfire_job_id
            from unnest(@lanes, @hangfire_job_ids) as a (lane, hangfire_job_id)
            where l.tenant = @tenant and l.job_id = @job and l.lane = a.lane
            """
        );
        command
            .Parameters.WithJob(job)
            .With("lanes", lanes.ToArray())
            .With("hangfire_job_ids", hangfireJobIds.ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks the job's row for the rest of the ambient transaction and tells its state.</summary>
    public async Task<JobState?> LockJobAsync(JobKey job, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(LockJob);
        command.Parameters.WithJob(job);
        return await command.ExecuteScalarAsync(cancellationToken) is string state ? JobStates.Parse(state) : null;
    }

    /// <summary>The Hangfire jobs of these jobs' lanes, for links.</summary>
    public async Task<ILookup<Guid, (int Lane, long HangfireJobId)>> HangfireJobsAsync(
        string tenant,
        IEnumerable<Guid> jobs,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select job_id, lane, hangfire_job_id from jobserver.lanes
            where tenant = @tenant and job_id = any (@jobs) and hangfire_job_id is not null
            order by job_id, lane
            """
        );
        command.Parameters.With("tenant", tenant).With("jobs", NpgsqlDbType.Array | NpgsqlDbType.Uuid, jobs.ToArray());
        var lanes = new List<(Guid Job, int Lane, long HangfireJobId)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            lanes.Add((row.GetGuid(0), row.GetInt16(1), row.GetInt64(2)));
        return lanes.ToLookup(lane => lane.Job, lane => (lane.Lane, lane.HangfireJobId));
    }

    private static NpgsqlBatch BatchFor(
        NpgsqlConnection connection,
        LaneKey lane,
        int epoch,
        params ReadOnlySpan<string> statements
    )
    {
        var batch = connection.CreateBatch();
        foreach (var statement in statements)
        {
            var command = new NpgsqlBatchCommand(statement);
            command.Parameters.WithJob(lane.Job).With("lane", (short)lane.Lane).With("epoch", epoch);
            batch.BatchCommands.Add(command);
        }

        return batch;
    }
}
