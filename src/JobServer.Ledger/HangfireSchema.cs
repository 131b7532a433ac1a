using Npgsql;

namespace JobServer.Ledger;

/// <summary>What waits in a queue of Hangfire's.</summary>
/// <param name="Waiting">Lanes no worker has fetched yet.</param>
/// <param name="Running">Lanes a worker has fetched.</param>
/// <param name="OldestAge">How long the oldest waiting lane has waited.</param>
public sealed record QueueDepth(string Queue, long Waiting, long Running, TimeSpan? OldestAge);

/// <summary>A lane that nobody will run unless something is done about it.</summary>
/// <param name="Queue">Hangfire's for it.</param>
/// <param name="HangfireState">Of its Hangfire job; null when that is gone.</param>
/// <param name="Retries">Hangfire's automatic retries spent on it.</param>
public sealed record DeadLane(LaneKey Lane, string Queue, long? HangfireJobId, string? HangfireState, int Retries);

/// <summary>A recurring job of Hangfire's.</summary>
public sealed record RecurringRow(string Id, string? Cron, string? TimeZone);

/// <summary>What the ledger knows of Hangfire's tables. The only file of ours that names them.</summary>
public sealed class HangfireSchema(NpgsqlDataSource database)
{
    /// <summary>Schema of Hangfire's tables.</summary>
    public const string Name = "hangfire";

    /// <summary>The version of Hangfire's schema the statements below were written for.</summary>
    public const int Version = 23;

    /// <summary>Version of the schema found; null when there is none.</summary>
    public async Task<int?> FindVersionAsync(CancellationToken cancellationToken)
    {
        await using var exists = database.CreateCommand("select to_regclass('hangfire.schema') is not null");
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return null;
        await using var command = database.CreateCommand("select version from hangfire.schema");
        return await command.ExecuteScalarAsync(cancellationToken) as int?;
    }

    /// <summary>Depth of every queue that holds anything.</summary>
    public async Task<List<QueueDepth>> DepthsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select q.queue, count(*) filter (where q.fetchedat is null), count(q.fetchedat),
                now() - min(j.createdat) filter (where q.fetchedat is null)
            from hangfire.jobqueue q join hangfire.job j on j.id = q.jobid
            group by q.queue
            """
        );
        var depths = new List<QueueDepth>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            depths.Add(
                new QueueDepth(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.ValueOrNull<TimeSpan>(3))
            );
        }

        return depths;
    }

    /// <summary>Recurring jobs whose ids start with this prefix.</summary>
    public async Task<List<RecurringRow>> RecurringAsync(string prefix, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select s.value,
                max(h.value) filter (where h.field = 'Cron'), max(h.value) filter (where h.field = 'TimeZoneId')
            from hangfire.set s left join hangfire.hash h on h.key = 'recurring-job:' || s.value
            where s.key = 'recurring-jobs' and starts_with(s.value, @prefix)
            group by s.value
            """
        );
        command.Parameters.With("prefix", prefix);
        var recurring = new List<RecurringRow>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            recurring.Add(new RecurringRow(row.GetString(0), row.TextOrNull(1), row.TextOrNull(2)));
        return recurring;
    }

    /// <summary>
    /// Deletes Hangfire jobs that failed for good a while ago, which Hangfire itself would keep, unless they are the last
    /// word on a lane of an unfinished job. Returns how many.
    /// </summary>
    /// <param name="limit">Rows at most.</param>
    public async Task<int> DeleteFailedAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            delete from hangfire.job where id = any (array(
                select h.id from hangfire.job h
                where h.statename = 'Failed' and h.createdat <= now() - @age and not exists (
                    select from jobserver.lanes l
                    join jobserver.jobs j on j.tenant = l.tenant and j.id = l.job_id
                    where l.hangfire_job_id = h.id and j.finished_at is null
                )
                limit @limit
                for update of h skip locked
            ))
            """
        );
        command.Parameters.With("age", age).With("limit", limit);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Lanes of unfinished jobs with work left for them (or a cancel to complete) whose Hangfire job is missing,
    /// has ended, or is in no queue although its state says it should be. One job only when a key is given.
    /// </summary>
    public async Task<List<DeadLane>> FindDeadLanesAsync(JobKey? only, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select l.tenant, l.job_id, l.lane, j.queue, j.priority, l.hangfire_job_id, h.statename,
                coalesce((
                    select p.value::integer from hangfire.jobparameter p
                    where p.jobid = h.id and p.name = 'RetryCount' and p.value ~ '^[0-9]{1,6}$'
                ), 0)
            from jobserver.jobs j
            join jobserver.lanes l on l.tenant = j.tenant and l.job_id = j.id
            left join hangfire.job h on h.id = l.hangfire_job_id
            where j.finished_at is null and j.state in ('queued', 'running', 'cancelling')
                and (@job is null or (j.tenant = @tenant and j.id = @job))
                and (
                    h.id is null
                    or h.statename is null
                    or h.statename in ('Succeeded', 'Failed', 'Deleted')
                    or (
                        h.statename in ('Enqueued', 'Processing')
                        and not exists (select from hangfire.jobqueue q where q.jobid = h.id)
                    )
                )
                and (
                    (j.state = 'cancelling' and l.running)
                    or exists (
                        select from jobserver.chunks c
                        where c.tenant = j.tenant and c.job_id = j.id and c.done_at is null
                            and (c.lane is null or c.lane = l.lane)
                    )
                )
            order by l.job_id, l.lane
            """
        );
        command
            .Parameters.With("tenant", NpgsqlTypes.NpgsqlDbType.Text, only?.Tenant)
            .With("job", NpgsqlTypes.NpgsqlDbType.Uuid, only?.Id);
        var lanes = new List<DeadLane>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var job = new JobKey(row.GetString(0), row.GetGuid(1));
            var lane = new LaneKey(job, row.GetInt16(2));
            lanes.Add(
                new DeadLane(
                    lane,
                    JobPriorities.Parse(row.GetString(4)).QueueOf(row.GetString(3)),
                    row.ValueOrNull<long>(5),
                    row.TextOrNull(6),
                    row.GetInt32(7)
                )
            );
        }

        return lanes;
    }
}
