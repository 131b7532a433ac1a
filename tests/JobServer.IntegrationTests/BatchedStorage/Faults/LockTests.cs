using Hangfire;
using Hangfire.Storage;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class LockTests(TestCluster cluster)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_has_a_lock_that_somebody_has_in_this_process_or_another()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        var (inside, most, turns) = (0, 0, 0);
        await Parallel.ForAsync(
            0,
            8,
            Cancel,
            (index, _) =>
            {
                using var connection = (index % 2 == 0 ? storage : other).GetConnection();
                for (var turn = 0; turn < 10; turn++)
                {
                    using var acquired = connection.AcquireDistributedLock("one", Long);
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    turns++;
                    Interlocked.Decrement(ref inside);
                }

                return ValueTask.CompletedTask;
            }
        );

        Assert.Equal((1, 80), (most, turns));
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_so_and_who_waits_long_enough_gets_it()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        using var mine = storage.GetConnection();
        using var here = storage.GetConnection();
        using var there = other.GetConnection();
        var acquired = mine.AcquireDistributedLock("one", Long);

        Assert.Throws<DistributedLockTimeoutException>(() => here.AcquireDistributedLock("one", Short));
        Assert.Throws<DistributedLockTimeoutException>(() => there.AcquireDistributedLock("one", Short));
        Assert.Throws<DistributedLockTimeoutException>(() => there.AcquireDistributedLock("one", TimeSpan.Zero));

        acquired.Dispose();
        acquired.Dispose();
        there.AcquireDistributedLock("one", Long).Dispose();
        here.AcquireDistributedLock("one", Long).Dispose();
    }

    [Fact]
    public async Task Nested_locks_of_one_connection_are_let_go_with_the_outermost()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var mine = storage.GetConnection();
        using var other = storage.GetConnection();
        var outer = mine.AcquireDistributedLock("one", Short);

        mine.AcquireDistributedLock("one", Short).Dispose();

        Assert.Throws<DistributedLockTimeoutException>(() => other.AcquireDistributedLock("one", Short));
        outer.Dispose();
        other.AcquireDistributedLock("one", Short).Dispose();
    }

    [Fact]
    public async Task A_connection_that_is_disposed_of_lets_its_locks_go()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = storage.GetConnection();
        using (var mine = storage.GetConnection())
            mine.AcquireDistributedLock("one", Short);

        other.AcquireDistributedLock("one", Short).Dispose();
    }

    [Fact]
    public async Task A_holder_whose_session_is_gone_does_not_keep_others_out()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var log = new LogList();
        var options = Fast.Storage();
        options.LoggerFactory = log;
        using var storage = new JobServer.BatchedStorage.BatchedPostgreSqlStorage(database.ConnectionString, options);
        using var other = Fast.Open(database.ConnectionString);
        using var mine = storage.GetConnection();
        using var there = other.GetConnection();
        var acquired = mine.AcquireDistributedLock("one", Long);

        await database.QueryAsync<bool>(
            """
            select bool_and(pg_terminate_backend(pid, 10000)) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
            """,
            Cancel
        );

        using (there.AcquireDistributedLock("one", Long))
        {
            acquired.Dispose();
            Assert.Contains(log.Lines, line => line.Contains("1 locks is lost", StringComparison.Ordinal));
            Assert.Throws<DistributedLockTimeoutException>(() => mine.AcquireDistributedLock("one", Short));
        }

        mine.AcquireDistributedLock("one", Long).Dispose();
    }

    [Fact]
    public async Task A_killed_process_frees_its_locks_at_once()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        await using var killed = await WorkerProcess.StartAsync(database.ConnectionString, workers: 1, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        client.Create(() => Runs.Alone(database.ConnectionString, 600_000, null!), new Hangfire.States.EnqueuedState());
        await runs.WaitAsync($"select exists (select from runs where process = {killed.Id})", Cancel);
        var next = client.Create(
            () => Runs.Alone(database.ConnectionString, 0, null!),
            new Hangfire.States.EnqueuedState("aside")
        );
        using var server = new BackgroundJobServer(Fast.Server(1, "aside"), storage);
        await runs.WaitAsync($"select statename = 'Processing' from hangfire.job where id = {next}", Cancel);
        Assert.Equal(0, await runs.AskAsync<long>($"select count(*) from runs where job = {next}", Cancel));

        await killed.KillAsync();

        // The job it ran waits for its lease to end; the lock does not.
        await runs.WaitAsync($"select statename = 'Succeeded' from hangfire.job where id = {next}", Cancel);
    }
}
