using Npgsql;

namespace JobServer.Ledger;

/// <summary>Holds jobs and lets them go on.</summary>
public sealed class PauseStore(NpgsqlDataSource database)
{
    /// <summary>Pauses a job that waits or runs. Returns its state afterwards, or null for an unknown job.</summary>
    public async Task<JobState?> PauseAsync(JobKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with job as (
                select state from jobserver.jobs where tenant = @tenant and id = @job for update
            ), changed as (
                update jobserver.jobs j set state = 'paused'
                from job
                where j.tenant = @tenant and j.id = @job and job.state in ('scheduled', 'queued', 'running')
                returning j.state
            )
            select coalesce((select state from changed), (select state from job))
            """
        );
        command.Parameters.WithJob(key);
        return await command.ExecuteScalarAsync(cancellationToken) is string state ? JobStates.Parse(state) : null;
    }

    /// <summary>
    /// Makes a paused job what it would be had it never been paused: scheduled, queued or running. The caller holds the
    /// lock of its row. Null when it is not paused. Also Hangfire's queue for its lanes.
    /// </summary>
    public async Task<(JobState State, string Queue)?> ResumeAsync(JobKey key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.jobs
            set state = case
                    when started_at is not null then 'running'
                    when start_at > now() or in_line then 'scheduled'
                    else 'queued'
                end
            where tenant = @tenant and id = @job and state = 'paused'
            returning state, queue, priority
            """
        );
        command.Parameters.WithJob(key);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? (JobStates.Parse(row.GetString(0)), JobPriorities.Parse(row.GetString(2)).QueueOf(row.GetString(1)))
            : null;
    }
}
