namespace JobServer.Benchmarks.Queue;

/// <summary>Jobs put straight into Hangfire's tables, as copies of one that a client made.</summary>
internal static class QueueLoad
{
    /// <summary>Jobs that wait.</summary>
    public static Task WaitingAsync(string connection, int count, CancellationToken cancellationToken) =>
        QueueServer.ExecuteAsync(
            connection,
            cancellationToken,
            $$"""
            with template as (
                select id, invocationdata, arguments from hangfire.job order by id desc limit 1
            ), ids as materialized (
                select nextval('hangfire.job_id_seq') as job, nextval('hangfire.state_id_seq') as state
                from generate_series(1, {{count}})
            ), jobs as (
                insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
                select job, state, 'Enqueued', invocationdata, arguments, now() from ids, template
            ), parameters as (
                insert into hangfire.jobparameter (jobid, name, value)
                select job, name, value from ids, hangfire.jobparameter where jobid = (select id from template)
            ), states as (
                insert into hangfire.state (id, jobid, name, createdat, data)
                select state, job, 'Enqueued', now(),
                    jsonb_build_object('EnqueuedAt', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'Queue', 'default')
                from ids
            )
            insert into hangfire.jobqueue (jobid, queue) select job, 'default' from ids order by job
            """,
            // As a client's commit: else workers that rest see them by their next poll only.
            "select pg_notify('hangfire_queues', 'bench default')"
        );

    /// <summary>Jobs that have run, with their history.</summary>
    public static Task FinishedAsync(string connection, int count, CancellationToken cancellationToken) =>
        QueueServer.ExecuteAsync(
            connection,
            cancellationToken,
            // No foreign keys and no counting row by row: they would take longer than all that is measured.
            "set session_replication_role = replica",
            $$"""
            with template as (
                select invocationdata, arguments from hangfire.job order by id desc limit 1
            ), ids as materialized (
                select nextval('hangfire.job_id_seq') as job, 3 * n as state
                from generate_series(1, {{count}}) n
            ), start as materialized (
                select setval('hangfire.state_id_seq', max(id) + 3 * {{count}} + 3) as last, max(id) as first
                from hangfire.state
            ), jobs as (
                insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat, expireat)
                select job, first + state + 2, 'Succeeded', invocationdata, arguments, now(), now() + interval '1 day'
                from ids, template, start
            )
            insert into hangfire.state (id, jobid, name, createdat, data)
            select first + state + n, job, (array['Enqueued', 'Processing', 'Succeeded'])[n + 1], now(),
                '{"SucceededAt": "2026-01-01T00:00:00Z", "PerformanceDuration": "1", "Latency": "1"}'
            from ids, start, generate_series(0, 2) n
            """,
            $"insert into hangfire.counter (key, value) values ('count:state:Succeeded', {count}), ('stats:succeeded', {count})"
        );
}
