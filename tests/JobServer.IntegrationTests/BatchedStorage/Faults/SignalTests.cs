using Hangfire;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class SignalTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_begun_by_another_process_without_waiting_for_its_poll()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        var never = TimeSpan.FromMinutes(5);
        await using var worker = await WorkerProcess.StartAsync(database.ConnectionString, 5, Cancel, never);
        using var storage = Fast.Open(database.ConnectionString, never);
        await runs.WaitAsync(Listeners("count(*) = 1"), Cancel);

        for (var job = 1; job <= 20; job++)
        {
            Enqueue(storage, database, "default");
            await runs.WaitAsync($"select count(*) = {job} from runs where process = {worker.Id}", Cancel);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            await runs.AskAsync<string>(
                """
                select format('created to begun: median %s ms, most %s ms', percentile_cont(0.5) within group (order by ms), max(ms))
                from (select extract(epoch from r.began - j.createdat) * 1000 as ms
                    from runs r join hangfire.job j on j.id = r.job) l
                """,
                Cancel
            )
        );
    }

    [Fact]
    public async Task A_lost_listener_is_replaced_and_finds_what_was_missed()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString, TimeSpan.FromMinutes(5));
        using var server = new BackgroundJobServer(Fast.Server(1), storage);
        await runs.WaitAsync(Listeners("count(*) = 1"), Cancel);
        using var silent = Fast.Open(database.ConnectionString, TimeSpan.FromMinutes(5));
        Enqueue(silent, database, "default");
        await runs.WaitForAllAsync(Cancel);

        await runs.WaitAsync(Listeners("bool_and(pg_terminate_backend(pid, 10000))"), Cancel);
        Enqueue(silent, database, "default");

        await runs.WaitAsync("select count(*) = 2 from runs", Cancel);
        await runs.WaitAsync(Listeners("count(*) = 2"), Cancel);
    }

    [Fact]
    public async Task A_queue_is_polled_while_signals_of_another_come_in()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        // Longer than a signal takes, and often enough for the test.
        using var storage = Fast.Open(database.ConnectionString, TimeSpan.FromSeconds(1));
        using var server = new BackgroundJobServer(Fast.Server(2, "loud", "silent"), storage);
        Enqueue(storage, database, "loud");
        await runs.WaitForAllAsync(Cancel);
        using var stop = new CancellationTokenSource();
        var loud = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Enqueue(storage, database, "loud");
                    await Task.Delay(50, Cancel);
                }
            },
            Cancel
        );

        // By hand, which tells nobody.
        await runs.ExecuteAsync(
            """
            with made as (
                insert into hangfire.job (invocationdata, arguments, createdat)
                select invocationdata, arguments, now() from hangfire.job order by id limit 1 returning id
            ), state as (
                insert into hangfire.state (jobid, name, createdat, data)
                select id, 'Enqueued', now(), '{"Queue": "silent"}' from made returning id, jobid
            )
            insert into hangfire.jobqueue (jobid, queue) select id, 'silent' from made;
            update hangfire.job j set stateid = s.id, statename = s.name from hangfire.state s
            where s.jobid = j.id and j.stateid is null;
            """,
            Cancel
        );

        await runs.WaitAsync("select not exists (select from hangfire.jobqueue where queue = 'silent')", Cancel);
        await stop.CancelAsync();
        await loud;
    }

    [Fact]
    public async Task Signals_of_many_commits_are_few_and_none_is_left_out()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var listening = Fast.Open(database.ConnectionString);
        using var sending = Fast.Open(database.ConnectionString);
        var heard = new System.Collections.Concurrent.ConcurrentBag<string?>();
        listening.Parts.Signals.Announced += heard.Add;
        await database.WaitForAsync(Listeners("count(*) = 1"), Cancel);

        for (var round = 0; round < 20_000; round++)
            sending.Parts.Signals.Announce(["storm"]);
        sending.Parts.Signals.Announce(["last"]);

        await Until.TrueAsync(() => heard.Contains("last"), Cancel);
        Assert.Contains("storm", heard);
        TestContext.Current.TestOutputHelper!.WriteLine($"20,001 announcements, {heard.Count} heard");
        Assert.InRange(heard.Count, 1, 10_000);

        var all = heard.Count(queue => queue is null);
        sending.Parts.Signals.Announce([.. Enumerable.Range(0, 500).Select(n => $"queue-with-a-long-name-{n}")]);
        await Until.TrueAsync(() => heard.Count(queue => queue is null) > all, Cancel);
    }

    private static void Enqueue(
        JobServer.BatchedStorage.BatchedPostgreSqlStorage storage,
        TestDatabase database,
        string queue
    ) =>
        new BackgroundJobClient(storage, Fast.Filters()).Create(
            () => Runs.Work(database.ConnectionString, 0, null!),
            new Hangfire.States.EnqueuedState(queue)
        );

    private static string Listeners(string what) =>
        $"select {what} from pg_stat_activity where datname = current_database() and query like 'listen %'";
}
