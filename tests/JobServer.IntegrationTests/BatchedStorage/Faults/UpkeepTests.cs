using Hangfire;
using Hangfire.States;
using JobServer.BatchedStorage.Upkeep;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class UpkeepTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counters_are_exact_while_many_increment_and_several_sum_up()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        using var stop = new CancellationTokenSource();
        var sums = new[] { storage, other, other }.Select(from =>
            Task.Run(
                () =>
                {
                    var sum = new CounterSums(from.Parts);
                    while (!stop.IsCancellationRequested)
                        sum.Sum();
                },
                Cancel
            )
        );
        var summing = Task.WhenAll(sums.ToArray());
        await Parallel.ForAsync(
            0,
            8,
            Cancel,
            (index, _) =>
            {
                using var connection = (index % 2 == 0 ? storage : other).GetConnection();
                for (var n = 0; n < 100; n++)
                {
                    using var transaction = connection.CreateWriteTransaction();
                    transaction.IncrementCounter("up");
                    transaction.IncrementCounter("down", TimeSpan.FromDays(1));
                    transaction.DecrementCounter("down");
                    transaction.DecrementCounter("down");
                    transaction.Commit();
                }

                return ValueTask.CompletedTask;
            }
        );

        await stop.CancelAsync();
        await summing;
        Assert.Equal(800, await runs.CounterAsync("up", Cancel));
        Assert.Equal(-800, await runs.CounterAsync("down", Cancel));
        while (new CounterSums(storage.Parts).Sum() > 0) { }
        Assert.Equal(
            800,
            await runs.AskAsync<long>("select value from hangfire.aggregatedcounter where key = 'up'", Cancel)
        );
    }

    [Fact]
    public async Task All_that_has_expired_goes_with_what_hangs_on_it_and_nothing_else_does()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        await runs.ExecuteAsync(
            """
            with made as (
                insert into hangfire.job (invocationdata, arguments, createdat, expireat)
                select '{}', '[]', now(), case when n <= 5000 then now() - interval '1 s' when n <= 5010 then now() + interval '1 h' end
                from generate_series(1, 5020) n returning id
            ), state as (
                insert into hangfire.state (jobid, name, createdat, data) select id, 'Succeeded', now(), '{}' from made
            )
            insert into hangfire.jobparameter (jobid, name, value) select id, 'n', 'v' from made
            """,
            Cancel
        );
        using var storage = Fast.Open(database.ConnectionString);
        using var server = new BackgroundJobServer(Fast.Server(2), storage);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        for (var n = 0; n < 50; n++)
            client.Create(() => Runs.Work(database.ConnectionString, 0, null!), new EnqueuedState());

        await runs.WaitAsync("select count(*) = 70 from hangfire.job", Cancel);
        await runs.WaitForAllRunsAsync(50, Cancel);
        await runs.WaitAsync("select count(*) = 20 from hangfire.jobparameter where name = 'n'", Cancel);
        Assert.Equal(
            0,
            await runs.AskAsync<long>(
                "select count(*) from hangfire.state where jobid not in (select id from hangfire.job)",
                Cancel
            )
        );
    }

    [Fact]
    public async Task Delayed_jobs_are_released_once_each_in_few_commits_with_two_schedulers()
    {
        const int Jobs = 1000;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        var ids = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForAsync(
            0,
            Jobs,
            Cancel,
            (_, _) =>
            {
                ids.Add(
                    client.Create(
                        () => Runs.Work(database.ConnectionString, 0, null!),
                        new ScheduledState(TimeSpan.FromHours(1))
                    )
                );
                return ValueTask.CompletedTask;
            }
        );
        var deleted = ids.First();
        Assert.True(client.Delete(deleted));
        await runs.ExecuteAsync("update hangfire.set set score = 0 where key = 'schedule'", Cancel);

        using var first = new BackgroundJobServer(Fast.Server(5), storage);
        using var second = new BackgroundJobServer(Fast.Server(5), other);
        await runs.WaitForAllRunsAsync(Jobs - 1, Cancel);
        await runs.WaitForAllAsync(Cancel);

        Assert.Equal(0, await runs.AskAsync<long>("select count(*) from hangfire.set where key = 'schedule'", Cancel));
        Assert.Equal(0, await runs.AskAsync<long>($"select count(*) from runs where job = {deleted}", Cancel));
        Assert.Equal(
            Jobs - 1,
            await runs.AskAsync<long>("select count(*) from hangfire.state where name = 'Enqueued'", Cancel)
        );
        // Rows of one commit carry the number of its transaction.
        var commits = await runs.AskAsync<long>(
            "select count(distinct xmin::text) from hangfire.state where name = 'Enqueued'",
            Cancel
        );
        TestContext.Current.TestOutputHelper!.WriteLine($"{Jobs - 1} released in {commits} commits");
        Assert.InRange(commits, 1, Jobs / 10);
    }

    [Fact]
    public async Task A_job_that_failed_comes_back_by_its_schedule()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        client.Create(() => Runs.FailOnce(database.ConnectionString, null!), new EnqueuedState());
        using var server = new BackgroundJobServer(Fast.Server(2), storage);

        await runs.WaitForAllRunsAsync(2, Cancel);
        await runs.WaitForAllAsync(Cancel);
        Assert.Equal(1, await runs.CounterAsync("stats:succeeded", Cancel));
    }
}
