using Npgsql;

namespace JobServer.Ledger;

/// <summary>A job whose lanes may run now.</summary>
/// <param name="Queue">Hangfire's for its lanes.</param>
public readonly record struct ReadyJob(JobKey Key, string Queue);

/// <summary>What there is of jobs that wait.</summary>
/// <param name="IsDue">The time of some has come; their turn perhaps not.</param>
/// <param name="Next">How long until the time of the next one comes; null when none waits for one.</param>
public readonly record struct WaitingJobs(bool IsDue, TimeSpan? Next);

/// <summary>Jobs that wait for their time, or for earlier jobs of their schedule.</summary>
public sealed class StartStore(NpgsqlDataSource database)
{
    /// <summary>
    /// Makes scheduled jobs queued whose time has come, those that wait longest first, and returns them; past their
    /// deadline they are left to expire. Locks their rows for the rest of the ambient transaction; jobs that somebody
    /// else has locked are passed over.
    /// </summary>
    /// <param name="limit">Jobs at most.</param>
    public async Task<List<ReadyJob>> StartDueAsync(int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with due as materialized (
                select j.tenant, j.id from jobserver.jobs j
                where j.state = 'scheduled' and (j.start_at <= now() or j.start_at is null)
                    and (j.deadline > now() or j.deadline is null)
                    and (not j.in_line or not exists (
                        select from jobserver.jobs e
                        where e.tenant = j.tenant and e.schedule_id = j.schedule_id and e.id < j.id
                            and e.finished_at is null
                    ))
                order by j.start_at, j.id
                limit @limit
                for update of j skip locked
            )
            update jobserver.jobs j set state = 'queued'
            from due
            where j.tenant = due.tenant and j.id = due.id
            returning j.tenant, j.id, j.queue, j.priority
            """
        );
        command.Parameters.With("limit", limit);
        var started = new List<ReadyJob>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            started.Add(
                new ReadyJob(
                    new JobKey(row.GetString(0), row.GetGuid(1)),
                    JobPriorities.Parse(row.GetString(3)).QueueOf(row.GetString(2))
                )
            );
        return started;
    }

    /// <summary>What waits, by the database's clock.</summary>
    public async Task<WaitingJobs> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select
                exists (
                    select from jobserver.jobs where state = 'scheduled' and (start_at <= now() or start_at is null)
                ),
                (select min(start_at) - now() from jobserver.jobs where state = 'scheduled' and start_at > now())
            """
        );
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new WaitingJobs(row.GetBoolean(0), row.ValueOrNull<TimeSpan>(1));
    }
}
