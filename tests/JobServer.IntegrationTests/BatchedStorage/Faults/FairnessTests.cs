using Hangfire;
using Hangfire.States;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class FairnessTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_server_keeps_short_jobs_waiting_behind_its_long_ones_while_another_is_idle()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        // As many long ones as one server has workers, amid the short ones.
        for (var job = 0; job < 400; job++)
            Enqueue(client, database, job is 200 or 201 or 202 or 203 ? 10_000 : 1);

        using var first = new BackgroundJobServer(Fast.Server(4), storage);
        using var second = new BackgroundJobServer(Fast.Server(4), other);
        await runs.WaitAsync("select count(*) = 396 from runs where ended is not null", Cancel);

        Assert.Equal(4, await runs.AskAsync<long>("select count(*) from runs where ended is null", Cancel));
        TestContext.Current.TestOutputHelper!.WriteLine(
            await runs.AskAsync<string>(
                "select format('396 short jobs over %s after the first began', max(ended) - min(began)) from runs",
                Cancel
            )
        );
    }

    [Fact]
    public async Task Claimed_jobs_that_nobody_begins_go_back_while_all_workers_are_busy()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        for (var job = 0; job < 300; job++)
            Enqueue(client, database, job < 100 ? 0 : 60_000);
        using (new BackgroundJobServer(Fast.Server(2), storage))
        {
            await runs.WaitAsync("select count(*) = 102 from runs", Cancel);
            // All but the two that run.
            await runs.WaitAsync("select count(*) = 198 from hangfire.jobqueue where fetchedat is null", Cancel);
        }
    }

    [Fact]
    public async Task Queues_are_served_by_their_order_and_the_last_is_not_starved()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        // By name, the last would come first.
        for (var job = 0; job < 300; job++)
            Enqueue(client, database, 0, job % 2 == 0 ? "a-low" : "z-high");

        using var server = new BackgroundJobServer(Fast.Server(1, "z-high", "a-low"), storage);
        await runs.WaitForAllRunsAsync(300, Cancel);

        var low = await runs.AskAsync<long>(
            """
            select count(*) from (select job from runs order by id limit 150) first
            join hangfire.state s on s.jobid = first.job and s.name = 'Enqueued' where s.data ->> 'Queue' = 'a-low'
            """,
            Cancel
        );
        TestContext.Current.TestOutputHelper!.WriteLine($"{low} of the first 150 were low");
        Assert.InRange(low, 10, 70);
    }

    [Fact]
    public async Task A_high_job_that_comes_late_is_taken_before_the_low_ones_that_wait()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        for (var job = 0; job < 200; job++)
            Enqueue(client, database, 100, "low");
        using var server = new BackgroundJobServer(Fast.Server(2, "high", "low"), storage);
        await runs.WaitAsync("select count(*) >= 10 from runs", Cancel);

        var high = Enqueue(client, database, 0, "high");
        await runs.WaitAsync($"select exists (select from runs where job = {high})", Cancel);

        Assert.True(await runs.AskAsync<long>("select count(*) from runs", Cancel) < 150);
        server.SendStop();
    }

    private static string Enqueue(
        BackgroundJobClient client,
        TestDatabase database,
        int milliseconds,
        string queue = "default"
    ) =>
        client.Create(() => Runs.Hold(database.ConnectionString, milliseconds, null!, null!), new EnqueuedState(queue));
}
