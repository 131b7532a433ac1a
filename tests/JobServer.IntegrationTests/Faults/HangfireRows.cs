namespace JobServer.IntegrationTests.Faults;

/// <summary>What Hangfire is left with when all jobs have ended.</summary>
internal static class HangfireRows
{
    /// <summary>Nothing waits, and nothing stands in Failed, Processing or any other state that nobody will take it out of.</summary>
    public static async Task AssertAtRestAsync(string database, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        // Hangfire writes what became of a lane after the lane's last commit, which ends its job.
        while (await LeftAsync(database, cancellationToken) is { Length: > 0 } left)
        {
            Assert.False(limit.IsCancellationRequested, left);
            await Task.Delay(50, cancellationToken);
        }
    }

    private static Task<string> LeftAsync(string database, CancellationToken cancellationToken) =>
        Sql.AskAsync<string>(
            database,
            """
            select concat_ws(', ',
                (select count(*) || ' in the queue' from hangfire.jobqueue having count(*) > 0),
                (select string_agg(format('%s %s', n, statename), ', ') from (
                    select statename, count(*) n from hangfire.job
                    where statename is null or statename not in ('Succeeded', 'Deleted') group by 1) s))
            """,
            cancellationToken
        );
}
