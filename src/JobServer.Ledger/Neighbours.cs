using Npgsql;

namespace JobServer.Ledger;

/// <summary>Tells whether a job was alone on its machine.</summary>
public sealed class Neighbours(NpgsqlDataSource database)
{
    /// <summary>
    /// Queues of other jobs, of any tenant, that ran on the machine at any moment since a while ago. A job counts from
    /// its start to its end, between two runs of its lanes too.
    /// </summary>
    public async Task<string[]> QueuesAsync(
        JobKey job,
        string host,
        TimeSpan since,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            with others as (
                select tenant, id, queue from jobserver.jobs
                where finished_at is null and state in ('running', 'cancelling')
                union all
                select tenant, id, queue from jobserver.jobs
                where finished_at >= clock_timestamp() - @since and started_at is not null
            )
            select coalesce(array_agg(distinct o.queue order by o.queue), '{}')
            from others o
            where (o.tenant, o.id) <> (@tenant, @job) and exists (
                select from jobserver.lanes l where l.tenant = o.tenant and l.job_id = o.id and l.host = @host
            )
            """
        );
        command.Parameters.WithJob(job).With("host", host).With("since", since);
        return (string[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
