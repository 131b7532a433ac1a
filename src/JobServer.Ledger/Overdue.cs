using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>The state and progress of a job somebody watches.</summary>
public readonly record struct WatchedJob(Guid Id, JobState State);

/// <summary>Facts about jobs that call for action: passed deadlines, times that are up, ends nobody wrote.</summary>
public sealed class Overdue(NpgsqlDataSource database)
{
    /// <summary>Expires queued jobs whose deadline has passed. Returns them.</summary>
    public Task<List<JobKey>> ExpireAsync(CancellationToken cancellationToken) =>
        KeysAsync(
            """
            update jobserver.jobs set state = 'expired', finished_at = now()
            where finished_at is null and state in ('scheduled', 'queued') and deadline <= now()
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
            where j.finished_at is null and (
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
        await using var command = database.CreateCommand("select id, state from jobserver.jobs where id = any (@jobs)");
        command.Parameters.With("jobs", NpgsqlDbType.Array | NpgsqlDbType.Uuid, jobs.ToArray());
        var watched = new List<WatchedJob>(jobs.Count);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            watched.Add(new WatchedJob(row.GetGuid(0), JobStates.Parse(row.GetString(1))));
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
