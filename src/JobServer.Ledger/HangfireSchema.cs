using Npgsql;

namespace JobServer.Ledger;

/// <summary>What waits in a queue of Hangfire's.</summary>
/// <param name="Waiting">Lanes no worker has fetched yet.</param>
/// <param name="Running">Lanes a worker has fetched.</param>
/// <param name="OldestAge">How long ago the first of the waiting lanes was made.</param>
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

    private const int DeadLanesPage = 1000;

    /// <summary>Version of the schema found; null when there is none.</summary>
    public async Task<int?> FindVersionAsync(CancellationToken cancellationToken)
    {
        await using var exists = database.CreateCommand("select to_regclass('hangfire.schema') is not null");
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return null;
        await using var command = database.CreateCommand("select version from hangfire.schema");
        return await command.ExecuteScalarAsync(cancellationToken) as int?;
    }

    /// <summary>Depth of every queue that holds anything, from counters and indexes: what waits is not read row by row.</summary>
    public async Task<List<QueueDepth>> DepthsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with counted as (
                select key, value from hangfire.counter where starts_with(key, 'count:queue:')
                union all
                select key, value from hangfire.aggregatedcounter where starts_with(key, 'count:queue:')
            ), filled as (
                select substr(key, length('count:queue:') + 1) as queue, sum(value)::bigint as rows
                from counted group by key having sum(value) > 0
            ), held as (
                select queue, count(*) as rows from hangfire.jobqueue where fetchedat is not null group by queue
            )
            select f.queue, f.rows - coalesce(h.rows, 0), coalesce(h.rows, 0), now() - (
                select j.createdat from hangfire.jobqueue q join hangfire.job j on j.id = q.jobid
                where q.queue = f.queue and q.fetchedat is null
                order by q.jobid limit 1
            )
            from filled f left join held h on h.queue = f.queue
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
        var lanes = new List<DeadLane>();
        if (only is { } key)
        {
            await using var command = database.CreateCommand(DeadLanesSql("tenant = @tenant and id = @job"));
            command.Parameters.With("tenant", key.Tenant).With("job", key.Id);
            await ReadAsync(command, lanes, cancellationToken);
            return lanes;
        }

        var last = (Queue: "", Job: Guid.Empty);
        int read;
        do
        {
            await using var command = database.CreateCommand(
                DeadLanesSql($"(queue, id) > (@queue, @job) order by queue, id limit {DeadLanesPage}")
            );
            command.Parameters.With("queue", last.Queue).With("job", last.Job);
            (read, last) = await ReadAsync(command, lanes, cancellationToken);
        } while (read >= DeadLanesPage);

        return lanes;
    }

    /// <remarks>
    /// All is found by <c>= any (array[key])</c>, which allows looks into indexes only. A backlog that came fast is not
    /// analysed yet, and a join of what is taken for a few rows would read all of it for each.
    /// </remarks>
    private static string DeadLanesSql(string which) =>
        $$"""
            with unfinished as materialized (
                select tenant, id, queue, priority, state from jobserver.jobs where finished_at is null and {{which}}
            )
            select u.queue, u.id, u.tenant, u.priority, dead.*
            from unfinished u left join lateral (
                select l.lane, l.hangfire_job_id, h.statename, coalesce((
                    select p.value::integer from hangfire.jobparameter p
                    where p.jobid = any (array[h.id]) and p.name = 'RetryCount' and p.value ~ '^[0-9]{1,6}$'
                ), 0)
                from jobserver.lanes l
                left join hangfire.job h on h.id = any (array[l.hangfire_job_id])
                where l.tenant = any (array[u.tenant]) and l.job_id = any (array[u.id])
                    and u.state in ('queued', 'running', 'cancelling')
                    and (
                        h.id is null
                        or h.statename is null
                        or h.statename in ('Succeeded', 'Failed', 'Deleted')
                        or (
                            h.statename in ('Enqueued', 'Processing')
                            and not exists (select from hangfire.jobqueue q where q.jobid = any (array[h.id]))
                        )
                    )
                    and (
                        (u.state = 'cancelling' and l.running)
                        or exists (
                            select from jobserver.chunks c
                            where c.tenant = any (array[u.tenant]) and c.job_id = any (array[u.id])
                                and c.done_at is null and (c.lane is null or c.lane = l.lane)
                        )
                    )
            ) dead on true
            order by u.queue, u.id, dead.lane
            """;

    private static async Task<(int Rows, (string Queue, Guid Job) Last)> ReadAsync(
        NpgsqlCommand command,
        List<DeadLane> lanes,
        CancellationToken cancellationToken
    )
    {
        var (rows, queue, id) = (0, "", Guid.Empty);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        for (; await row.ReadAsync(cancellationToken); rows++)
        {
            (queue, id) = (row.GetString(0), row.GetGuid(1));
            if (row.IsDBNull(4))
                continue;
            var lane = new LaneKey(new JobKey(row.GetString(2), id), row.GetInt16(4));
            lanes.Add(
                new DeadLane(
                    lane,
                    JobPriorities.Parse(row.GetString(3)).QueueOf(queue),
                    row.ValueOrNull<long>(5),
                    row.TextOrNull(6),
                    row.GetInt32(7)
                )
            );
        }

        return (rows, (queue, id));
    }
}
