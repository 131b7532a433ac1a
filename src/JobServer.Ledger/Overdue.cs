using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Where a job somebody watches stands.</summary>
/// <param name="LastLogNo">Of the newest entry of its log; 0 without any.</param>
/// <param name="IsQueuePaused">Nothing of its queue is begun, whatever its own state.</param>
public sealed record WatchedJob(
    Guid Id,
    JobState State,
    int Total,
    int Succeeded,
    int Failed,
    long DuplicatesPrevented,
    int Repairs,
    long LastLogNo,
    bool IsQueuePaused
);

/// <summary>Facts about jobs that call for action: passed deadlines, times that are up, ends nobody wrote.</summary>
public sealed class Overdue(NpgsqlDataSource database)
{
    /// <summary>Whether there are unfinished jobs, or lookups that nobody needs any more.</summary>
    public async Task<bool> IsAnyAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select exists (select from jobserver.jobs where finished_at is null)
                or exists (select from jobserver.lookups where expires_at <= now())
            """
        );
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Expires jobs that have not started and whose deadline has passed. Returns them.</summary>
    public Task<List<JobKey>> ExpireAsync(CancellationToken cancellationToken) =>
        KeysAsync(
            """
            update jobserver.jobs set state = 'expired', finished_at = now()
            where finished_at is null and deadline <= now()
                and (state in ('scheduled', 'queued') or (state = 'paused' and started_at is null))
            returning tenant, id
            """,
            cancellationToken
        );

    /// <summary>Jobs that run longer than their time limit.</summary>
    public Task<List<JobKey>> FindTimedOutAsync(CancellationToken cancellationToken) =>
        KeysAsync(
            """
            select tenant, id from jobserver.jobs
            where finished_at is null and state in ('running', 'paused') and started_at + job_timeout <= now()
            """,
            cancellationToken
        );

    /// <summary>
    /// Finishes jobs with nothing left to wait for: every item recorded, or cancelling with no lane running.
    /// Returns them.
    /// </summary>
    public Task<List<JobKey>> FinishAsync(CancellationToken cancellationToken) =>
        KeysAsync(
            """
            update jobserver.jobs j
            set state = jobserver.outcome(j.state, j.total, j.failed, j.tolerate_failed_percent), finished_at = now()
            where j.finished_at is null and j.state in ('running', 'paused', 'cancelling') and (
                j.succeeded + j.failed = j.total
                or (
                    j.state = 'cancelling' and not exists (
                        select from jobserver.lanes l
                        where l.tenant = j.tenant and l.job_id = j.id and l.running
                    )
                )
            )
            returning j.tenant, j.id
            """,
            cancellationToken
        );

    /// <summary>Where the watched jobs stand; those that are gone are left out.</summary>
    public async Task<List<WatchedJob>> WatchAsync(IReadOnlyCollection<Guid> jobs, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select j.id, j.state, j.total, j.succeeded, j.failed, j.duplicates_prevented, j.repairs,
                coalesce(l.no, 0), q.paused_at is not null
            from jobserver.jobs j
            left join jobserver.queues q on q.name = j.queue
            left join lateral (
                select no from jobserver.job_log
                where tenant = j.tenant and job_id = j.id
                order by no desc
                limit 1
            ) l on true
            where j.id = any (@jobs)
            """
        );
        command.Parameters.With("jobs", NpgsqlDbType.Array | NpgsqlDbType.Uuid, jobs.ToArray());
        var watched = new List<WatchedJob>(jobs.Count);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            watched.Add(
                new WatchedJob(
                    row.GetGuid(0),
                    JobStates.Parse(row.GetString(1)),
                    row.GetInt32(2),
                    row.GetInt32(3),
                    row.GetInt32(4),
                    row.GetInt64(5),
                    row.GetInt32(6),
                    row.GetInt64(7),
                    row.GetBoolean(8)
                )
            );
        }

        return watched;
    }

    private async Task<List<JobKey>> KeysAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        var keys = new List<JobKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            keys.Add(new JobKey(row.GetString(0), row.GetGuid(1)));
        return keys;
    }
}
