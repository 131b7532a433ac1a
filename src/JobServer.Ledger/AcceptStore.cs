using System.Text.Json;
using JobServer.BatchedStorage;
using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>A job to be accepted, and what is written with it.</summary>
/// <param name="HangfireJobs">One for each lane; none of a job that waits to be started.</param>
/// <param name="Chunks">Those that are not written yet.</param>
public sealed record Accepted(NewJob Job, IReadOnlyList<long> HangfireJobs, IReadOnlyList<NewChunk> Chunks)
{
    /// <summary>The job as it is once it was accepted at this time.</summary>
    public Job At(DateTimeOffset createdAt) =>
        new(
            Job.Key,
            Job.Kind,
            Job.Queue,
            State,
            Job.Args,
            [.. Job.Tags],
            Job.Lanes,
            Job.ChunkSize,
            Job.Batched,
            Job.Total,
            Succeeded: 0,
            Failed: 0,
            Job.TolerateFailedPercent,
            Job.JobTimeout,
            Error: null,
            Job.RetryOf,
            DuplicatesPrevented: 0,
            Repairs: 0,
            createdAt,
            StartedAt: null,
            FinishedAt: null,
            Job.UniqueKey,
            Job.StartAt,
            Job.Deadline,
            Job.Run?.ScheduleId,
            Job.Run?.DueAt,
            Held: false,
            Job.Priority
        );

    internal JobState State => HangfireJobs.Count == 0 ? JobState.Scheduled : JobState.Queued;
}

/// <summary>Writes accepted jobs: one in the ambient transaction, or many in one commit.</summary>
public sealed class AcceptStore(NpgsqlDataSource database)
{
    /// <summary>
    /// Writes the job, its lanes and chunks. Joins the ambient transaction. Null, and the transaction must not be
    /// completed, when an unfinished job has its unique key.
    /// </summary>
    public async Task<Job?> InsertAsync(Accepted job, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        return (await InsertAsync(batch, [job], cancellationToken)).SingleOrDefault();
    }

    /// <summary>Writes jobs without unique keys, and the Hangfire jobs of their lanes, in one commit.</summary>
    public async Task<IReadOnlyList<Job>> CommitAsync(
        IReadOnlyList<Accepted> jobs,
        JobBatch hangfireJobs,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        hangfireJobs.AddTo(batch);
        var written = await InsertAsync(batch, jobs, cancellationToken);
        hangfireJobs.Announce();
        return written;
    }

    /// <summary>Executes the batch, with the jobs first.</summary>
    private static async Task<List<Job>> InsertAsync(
        NpgsqlBatch batch,
        IReadOnlyList<Accepted> jobs,
        CancellationToken cancellationToken
    )
    {
        var command = new NpgsqlBatchCommand(Insert);
        AddJobs(command.Parameters, jobs);
        AddLanes(command.Parameters, jobs);
        AddChunks(command.Parameters, jobs);
        batch.BatchCommands.Insert(0, command);
        var byId = jobs.ToDictionary(job => job.Job.Key);
        var written = new List<Job>(jobs.Count);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var key = new JobKey(row.GetString(0), row.GetGuid(1));
            written.Add(byId[key].At(row.GetFieldValue<DateTimeOffset>(2)));
        }

        // Where the batch is the transaction, this is its commit.
        while (await row.NextResultAsync(cancellationToken))
            continue;
        return written;
    }

    private const string Insert = """
        with accepted as (
            insert into jobserver.jobs (
                tenant, id, kind, queue, state, args, tags, lanes, chunk_size, batched, total, tolerate_failed_percent,
                job_timeout, deadline, retry_of, unique_key, start_at, schedule_id, due_at, in_line,
                priority
            )
            select tenant, id, kind, queue, state, args,
                case when tags is null then '{}' else array(select json_array_elements_text(tags)) end, lanes, chunk_size,
                batched, total, tolerate, timeout, deadline, retry_of, unique_key, start_at, schedule_id, due_at, in_line,
                priority
            from unnest(
                @tenants, @jobs, @kinds, @queues, @states, @args, @tags, @lanes, @chunk_sizes, @batched, @totals,
                @tolerates, @timeouts, @deadlines, @retries, @unique_keys, @start_ats, @schedule_ids, @due_ats, @in_lines,
                @priorities
            ) as j (
                tenant, id, kind, queue, state, args, tags, lanes, chunk_size, batched, total,
                tolerate, timeout, deadline, retry_of, unique_key, start_at, schedule_id, due_at, in_line,
                priority
            )
            on conflict (tenant, unique_key) where finished_at is null and unique_key is not null do nothing
            returning tenant, id, state, created_at
        ), logged as (
            insert into jobserver.job_log (tenant, job_id, event, detail)
            select tenant, id, 'state', state from accepted
        ), audited as (
            insert into jobserver.audit (tenant, actor, key_id, address, action, subject, status)
            select a.tenant, j.actor, j.key_id, j.address, 'SubmitJob', '/v1/jobs/' || a.id, 202
            from accepted a
            join unnest(@jobs, @actors, @key_ids, @addresses) as j (id, actor, key_id, address) using (id)
        ), laned as (
            insert into jobserver.lanes (tenant, job_id, lane, hangfire_job_id)
            select * from unnest(@lane_tenants, @lane_jobs, @lane_nos, @hangfire_jobs)
        ), cut as (
            insert into jobserver.chunks (tenant, job_id, chunk_no, first_seq, item_count, input)
            select * from unnest(@chunk_tenants, @chunk_jobs, @chunk_nos, @first_seqs, @item_counts, @inputs)
        )
        select tenant, id, created_at from accepted
        """;

    private static void AddJobs(NpgsqlParameterCollection parameters, IReadOnlyList<Accepted> jobs) =>
        parameters
            .WithEach("tenants", NpgsqlDbType.Text, jobs, job => job.Job.Key.Tenant)
            .WithEach("jobs", NpgsqlDbType.Uuid, jobs, job => job.Job.Key.Id)
            .WithEach("kinds", NpgsqlDbType.Text, jobs, job => job.Job.Kind)
            .WithEach("queues", NpgsqlDbType.Text, jobs, job => job.Job.Queue)
            .WithEach("states", NpgsqlDbType.Text, jobs, job => job.State.ToText())
            .WithEach("args", NpgsqlDbType.Json, jobs, job => job.Job.Args)
            // Lists of different lengths make no array.
            .WithEach(
                "tags",
                NpgsqlDbType.Json,
                jobs,
                job => job.Job.Tags.Count == 0 ? null : JsonSerializer.Serialize(job.Job.Tags)
            )
            .WithEach("lanes", NpgsqlDbType.Smallint, jobs, job => (short)job.Job.Lanes)
            .WithEach("chunk_sizes", NpgsqlDbType.Integer, jobs, job => job.Job.ChunkSize)
            .WithEach("batched", NpgsqlDbType.Boolean, jobs, job => job.Job.Batched)
            .WithEach("totals", NpgsqlDbType.Integer, jobs, job => job.Job.Total)
            .WithEach("tolerates", NpgsqlDbType.Real, jobs, job => job.Job.TolerateFailedPercent)
            .WithEach("timeouts", NpgsqlDbType.Interval, jobs, job => job.Job.JobTimeout)
            .WithEach("deadlines", NpgsqlDbType.TimestampTz, jobs, job => job.Job.Deadline)
            .WithEach("retries", NpgsqlDbType.Uuid, jobs, job => job.Job.RetryOf)
            .WithEach("unique_keys", NpgsqlDbType.Text, jobs, job => job.Job.UniqueKey)
            .WithEach("start_ats", NpgsqlDbType.TimestampTz, jobs, job => job.Job.StartAt)
            .WithEach("schedule_ids", NpgsqlDbType.Text, jobs, job => job.Job.Run?.ScheduleId)
            .WithEach("due_ats", NpgsqlDbType.TimestampTz, jobs, job => job.Job.Run?.DueAt)
            .WithEach("in_lines", NpgsqlDbType.Boolean, jobs, job => job.Job.Run is { InLine: true })
            .WithEach("priorities", NpgsqlDbType.Text, jobs, job => job.Job.Priority.ToText())
            .WithEach("actors", NpgsqlDbType.Text, jobs, job => job.Job.Actor.Name)
            .WithEach("key_ids", NpgsqlDbType.Uuid, jobs, job => job.Job.Actor.KeyId)
            .WithEach("addresses", NpgsqlDbType.Text, jobs, job => job.Job.Actor.Address);

    private static void AddLanes(NpgsqlParameterCollection parameters, IReadOnlyList<Accepted> jobs)
    {
        var lanes = jobs.SelectMany(
                job => Enumerable.Range(0, job.Job.Lanes),
                (job, lane) =>
                    (
                        job.Job.Key,
                        Lane: lane,
                        HangfireJob: job.HangfireJobs.Count == 0 ? (long?)null : job.HangfireJobs[lane]
                    )
            )
            .ToList();
        parameters
            .WithEach("lane_tenants", NpgsqlDbType.Text, lanes, lane => lane.Key.Tenant)
            .WithEach("lane_jobs", NpgsqlDbType.Uuid, lanes, lane => lane.Key.Id)
            .WithEach("lane_nos", NpgsqlDbType.Smallint, lanes, lane => (short)lane.Lane)
            .WithEach("hangfire_jobs", NpgsqlDbType.Bigint, lanes, lane => lane.HangfireJob);
    }

    private static void AddChunks(NpgsqlParameterCollection parameters, IReadOnlyList<Accepted> jobs)
    {
        var chunks = jobs.SelectMany(job => job.Chunks, (job, chunk) => (job.Job.Key, Chunk: chunk)).ToList();
        parameters
            .WithEach("chunk_tenants", NpgsqlDbType.Text, chunks, chunk => chunk.Key.Tenant)
            .WithEach("chunk_jobs", NpgsqlDbType.Uuid, chunks, chunk => chunk.Key.Id)
            .WithEach("chunk_nos", NpgsqlDbType.Integer, chunks, chunk => chunk.Chunk.ChunkNo)
            .WithEach("first_seqs", NpgsqlDbType.Integer, chunks, chunk => chunk.Chunk.FirstSeq)
            .WithEach("item_counts", NpgsqlDbType.Integer, chunks, chunk => chunk.Chunk.ItemCount)
            .WithEach("inputs", NpgsqlDbType.Json, chunks, chunk => chunk.Chunk.Input);
    }
}
