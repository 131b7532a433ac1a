using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

/// <summary>A hundred due times pass while no server is up; what comes of them is exact.</summary>
public sealed class MisfireTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_policy_does_exactly_what_it_says_of_a_hundred_missed_due_times()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using (var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel))
        {
            var making = new ScheduleClient(host.Http, database);
            await making.MakeAsync("skip", Missing("skip"));
            await making.MakeAsync("once", Missing("runOnce"));
            await making.MakeAsync("some", Missing("runAll", limit: 30));
            await making.MakeAsync("all", Missing("runAll", limit: 1000));
            await making.MakeAsync("up", Missing("skip"));
            await making.MakeAsync("two", Missing("runOnce"));
            await host.KillAsync();
        }

        await DueEachSecondAsync(database, "'skip', 'once', 'some', 'all'", ago: 1000);
        await database.ExecuteAsync("delete from jobserver.servers", Cancel);
        // Servers that were up the whole time of one schedule, and for ten seconds amid another.
        await DueEachSecondAsync(database, "'up'", ago: 2000);
        await ServerAsync(database, from: 2001, to: 1900);
        await DueEachSecondAsync(database, "'two'", ago: 3000);
        await ServerAsync(database, from: 2980, to: 2973);

        await using var next = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var schedules = new ScheduleClient(next.Http, database);
        foreach (var id in new[] { "skip", "once", "some", "all", "up", "two" })
            await schedules.WaitForEndAsync(id);

        Assert.Equal("missed 100", await schedules.OutcomesAsync("skip"));
        Assert.Equal("missed 99, submitted 1", await schedules.OutcomesAsync("once"));
        Assert.Equal("missed 70, submitted 30", await schedules.OutcomesAsync("some"));
        Assert.Equal("submitted 100", await schedules.OutcomesAsync("all"));
        Assert.Equal("submitted 100", await schedules.OutcomesAsync("up"));
        // The two seconds after its last sign of life included: 19 missed, 10 not, 71 missed.
        Assert.Equal("missed 88, submitted 12", await schedules.OutcomesAsync("two"));
        Assert.Equal("0 1 30 100 100 12", await JobsAsync(database));
        // Made up for by the newest, in order.
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                """
                select count(*) from jobserver.schedule_runs m join jobserver.schedule_runs s using (schedule_id)
                where schedule_id in ('once', 'some') and m.outcome = 'missed' and s.outcome = 'submitted'
                    and m.due_at > s.due_at
                """,
                Cancel
            )
        );
    }

    [Fact]
    public async Task A_year_of_seconds_is_seen_to_by_its_newest_and_no_more_rows_are_written_than_are_kept()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using (var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel))
        {
            await new ScheduleClient(host.Http, database).MakeAsync("year", Missing("runOnce"));
            await host.KillAsync();
        }

        await database.ExecuteAsync(
            """
            update jobserver.schedules set cron = '@every_second', seen_until = now() - interval '365 d',
                end_at = date_trunc('second', now()) - interval '10 s', next_due_at = now() - interval '365 d';
            delete from jobserver.servers
            """,
            Cancel
        );
        await using var next = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var schedules = new ScheduleClient(next.Http, database);
        await schedules.WaitForEndAsync("year");

        await database.WaitForAsync("select count(*) = 1000 from jobserver.schedule_runs", Cancel);
        Assert.Equal("missed 999, submitted 1", await schedules.OutcomesAsync("year"));
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel));
    }

    /// <summary>So that exactly a hundred of its due times have passed.</summary>
    private static Task DueEachSecondAsync(TestDatabase database, string ids, int ago) =>
        database.ExecuteAsync(
            $"""
            update jobserver.schedules set cron = '@every_second', end_at = seen + interval '100 s', seen_until = seen,
                next_due_at = seen + interval '1 s'
            from (select date_trunc('second', now()) - interval '{ago} s' as seen) s
            where id in ({ids})
            """,
            Cancel
        );

    private static Task ServerAsync(TestDatabase database, int from, int to) =>
        database.ExecuteAsync(
            $"""
            insert into jobserver.servers (id, name, started_at, seen_at)
            select gen_random_uuid(), 'earlier', second - interval '{from} s', second - interval '{to} s'
            from (select date_trunc('second', now()) as second) s
            """,
            Cancel
        );

    private static Task<string> JobsAsync(TestDatabase database) =>
        database.QueryAsync<string>(
            """
            select string_agg((select count(*) from jobserver.jobs where schedule_id = s)::text, ' ' order by n)
            from unnest(array['skip', 'once', 'some', 'all', 'up', 'two']) with ordinality as s (s, n)
            """,
            Cancel
        );

    private static object Missing(string misfire, int limit = 100) =>
        new
        {
            cron = "0 0 1 1 *",
            kind = "fetch",
            args = new { urls = new[] { "http://127.0.0.1:9/" } },
            misfire,
            misfireLimit = limit,
        };
}
