namespace JobServer.Benchmarks.Queue;

/// <summary>What must be in the tables once so many jobs have run.</summary>
internal static class QueueCheck
{
    private const string Hangfire = """
        select (select count(*) from hangfire.job) || ' jobs, '
            || (select count(*) from hangfire.job where statename = 'Succeeded') || ' succeeded, '
            || (select count(*) from hangfire.state) || ' states, '
            || (select count(*) from hangfire.jobqueue) || ' queued'
        """;

    private const string Counter = """
        || ', ' || (select sum(value) from (
            select value from hangfire.counter where key = 'stats:succeeded'
            union all select value from hangfire.aggregatedcounter where key = 'stats:succeeded'
        ) c) || ' counted'
        """;

    /// <exception cref="IncorrectException">Something is missing, or left.</exception>
    public static async Task RunAsync(QueueKind kind, string connection, int jobs, CancellationToken cancellationToken)
    {
        var history = $"{jobs} jobs, {jobs} succeeded, {3 * (long)jobs} states, 0 queued";
        var (sql, expected) = kind.Family switch
        {
            // Its own sums of counters are not exact.
            QueueFamily.Hangfire => (Hangfire, history),
            QueueFamily.Batched => (Hangfire + Counter, $"{history}, {jobs} counted"),
            QueueFamily.Graphile => ("select count(*) || ' left' from graphile_worker._private_jobs", "0 left"),
            QueueFamily.PgBoss => (
                "select count(*) || ' jobs, ' || count(*) filter (where state = 'completed') || ' completed' from pgboss.job",
                $"{jobs} jobs, {jobs} completed"
            ),
            _ => ("select ''", ""),
        };
        var found = await QueueServer.AskAsync<string>(connection, sql, cancellationToken);
        if (found != expected)
            throw new IncorrectException($"{kind.Name}: {found}; expected {expected}");
    }
}
