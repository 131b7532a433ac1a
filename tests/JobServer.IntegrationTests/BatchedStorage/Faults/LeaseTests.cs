using Hangfire;
using JobServer.BatchedStorage;
using JobServer.BatchedStorage.Claiming;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class LeaseTests(TestCluster cluster, StoppedCluster stopped)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_stalled_past_its_lease_cannot_change_what_another_has_begun()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        await using var stalled = await WorkerProcess.StartAsync(database.ConnectionString, workers: 1, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        // Longer than the stall: when it goes on, the stalled worker is in the middle of it, by its own clock at its end.
        var job = Enqueue(storage, database, (int)(3 * Fast.Lease).TotalMilliseconds);
        await runs.WaitAsync($"select count(*) = 1 from runs where process = {stalled.Id}", Cancel);

        stalled.Stall();
        using (new BackgroundJobServer(Fast.Server(1), storage))
        {
            await runs.WaitAsync($"select count(*) = 1 from runs where process = {Environment.ProcessId}", Cancel);
            var taken = await StateIdAsync(runs, job);
            stalled.Continue();
            // The stalled one has noticed and goes on with other work.
            var next = Enqueue(storage, database, 0);
            await runs.WaitAsync(
                $"select count(*) = 1 from runs where job = {next} and process = {stalled.Id}",
                Cancel
            );
            Assert.Equal(taken, await StateIdAsync(runs, job));
            await runs.WaitForAllAsync(Cancel);
        }

        Assert.Equal(1, await runs.CounterAsync("stats:leases-expired", Cancel));
        Assert.Equal(
            1,
            await runs.AskAsync<long>($"select count(*) from runs where job = {job} and ended is not null", Cancel)
        );
        await runs.AssertWholeAsync(Cancel);
    }

    [Fact]
    public async Task Jobs_are_cancelled_by_the_local_clock_while_the_database_is_away()
    {
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var runs = await RunTable.CreateAsync(server.ConnectionString, Cancel);
        using var storage = Fast.Open(server.ConnectionString);
        var client = new BackgroundJobClient(storage, Fast.Filters());
        var connectionString = server.ConnectionString;
        using var workers = new BackgroundJobServer(Fast.Server(1), storage);
        var job = client.Create(
            () => Runs.Hold(connectionString, 600_000, null!, null!),
            new Hangfire.States.EnqueuedState()
        );
        using var fetched = await FetchAsync(storage, connectionString, "aside");
        await runs.WaitAsync($"select exists (select from runs where job = {job})", Cancel);

        await server.StopAtOnceAsync(Cancel);

        await Until.TrueAsync(() => Runs.Cancelled.ContainsKey(job), Cancel);
        await Until.TrueAsync(() => fetched.Lost.IsCancellationRequested, Cancel);
        await server.StartAgainAsync(Cancel);
        await runs.WaitAsync($"select count(*) = 2 from runs where job = {job}", Cancel);
        Assert.Equal(2, await runs.CounterAsync("stats:leases-expired", Cancel));
        client.Delete(job);
    }

    [Fact]
    public async Task A_long_job_of_a_live_server_is_never_taken_away()
    {
        var leases = Fast.Times("JOBSERVER_SOAK_KILLS", inSuite: 0) > 0 ? 10 : 2;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using var other = Fast.Open(database.ConnectionString);
        using var workers = new BackgroundJobServer(Fast.Server(1), storage);
        using var others = new BackgroundJobServer(Fast.Server(1), other);

        Enqueue(storage, database, (int)(leases * Fast.Lease).TotalMilliseconds);
        Enqueue(storage, database, (int)(leases * Fast.Lease).TotalMilliseconds);
        await runs.WaitForAllAsync(Cancel);

        Assert.Equal(2, await runs.AskAsync<long>("select count(*) from runs", Cancel));
        Assert.Equal(0, await runs.CounterAsync("stats:leases-expired", Cancel));
        await runs.AssertWholeAsync(Cancel);
    }

    [Fact]
    public async Task A_server_that_stops_gives_back_at_once_what_it_has_not_begun()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        // Neither a lease nor a poll is over in this test.
        var slow = Fast.Storage(TimeSpan.FromMinutes(5));
        slow.LeaseTimeout = TimeSpan.FromMinutes(10);
        using var storage = new BatchedPostgreSqlStorage(database.ConnectionString, slow);
        using var other = new BatchedPostgreSqlStorage(database.ConnectionString, slow);
        var client = new BackgroundJobClient(storage);
        var mine = await FetchAsync(storage, database.ConnectionString, "default");
        using var stop = new CancellationTokenSource();
        using var connection = storage.GetConnection();
        for (var i = 0; i < 50; i++)
            client.Create(() => Runs.Work(database.ConnectionString, 0, null!), new Hangfire.States.EnqueuedState());
        // A pace, so that it claims ahead.
        for (var i = 0; i < 20; i++)
            connection.FetchNextJob(["default"], stop.Token).RemoveFromQueue();

        await stop.CancelAsync();
        mine.Requeue();
        storage.Dispose();
        using (new BackgroundJobServer(Fast.Server(5), other))
            await runs.WaitAsync("select count(*) = 31 from runs", Cancel);
        Assert.Equal(0, await runs.CounterAsync("stats:leases-expired", Cancel));
    }

    [Fact]
    public async Task A_claim_that_never_arrived_is_given_back()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        using (var workers = new BackgroundJobServer(Fast.Server(1), storage))
        {
            Enqueue(storage, database, 0);
            await runs.WaitForAllAsync(Cancel);
        }

        var job = Enqueue(storage, database, 0);
        await runs.ExecuteAsync(
            $"""
            update hangfire.jobqueue set fetchedat = now(), updatecount = updatecount + 1,
                owner = (select max(owner) from hangfire.lease)
            where jobid = {job}
            """,
            Cancel
        );

        await runs.WaitAsync($"select fetchedat is null from hangfire.jobqueue where jobid = {job}", Cancel);
        Assert.Equal(0, await runs.CounterAsync("stats:leases-expired", Cancel));
    }

    [Fact]
    public async Task A_claim_by_a_lease_that_is_over_takes_nothing()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        var slow = Fast.Storage();
        slow.LeaseTimeout = TimeSpan.FromMinutes(10);
        slow.LeaseRenewalInterval = TimeSpan.FromSeconds(1);
        using var storage = new BatchedPostgreSqlStorage(database.ConnectionString, slow);
        using var mine = await FetchAsync(storage, database.ConnectionString, "default");

        // What another process does when this one was stalled.
        await runs.ExecuteAsync(
            "delete from hangfire.lease; update hangfire.jobqueue set fetchedat = null, owner = null",
            Cancel
        );
        var again = await FetchAsync(storage, database.ConnectionString, "default");

        Assert.True(mine.IsLost);
        Assert.Equal(
            0,
            await runs.AskAsync<long>(
                "select count(*) from hangfire.jobqueue where owner not in (select owner from hangfire.lease)",
                Cancel
            )
        );
        again.Dispose();
    }

    [Fact]
    public async Task What_stock_servers_held_when_the_schema_was_installed_goes_back()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        await using (var connection = new Npgsql.NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            Hangfire.PostgreSql.PostgreSqlObjectsInstaller.Install(connection, "upgraded");
            await runs.ExecuteAsync(
                "insert into upgraded.jobqueue (jobid, queue, fetchedat) values (1, 'default', now() - interval '31 minutes')",
                Cancel
            );
            BatchedSchema.Install(connection, "upgraded");
        }

        var options = Fast.Storage();
        options.SchemaName = "upgraded";
        using var storage = new BatchedPostgreSqlStorage(database.ConnectionString, options);
        _ = storage.Parts;

        await runs.WaitAsync("select fetchedat is null from upgraded.jobqueue", Cancel);
    }

    private static string Enqueue(BatchedPostgreSqlStorage storage, TestDatabase database, int milliseconds) =>
        new BackgroundJobClient(storage, Fast.Filters()).Create(
            () => Runs.Hold(database.ConnectionString, milliseconds, null!, null!),
            new Hangfire.States.EnqueuedState()
        );

    /// <summary>Enqueues a job and takes it off its queue.</summary>
    private static async Task<FetchedJob> FetchAsync(
        BatchedPostgreSqlStorage storage,
        string connectionString,
        string queue
    )
    {
        var client = new BackgroundJobClient(storage, Fast.Filters());
        client.Create(() => Runs.Work(connectionString, 0, null!), new Hangfire.States.EnqueuedState(queue));
        using var connection = storage.GetConnection();
        return (FetchedJob)await ((BatchedConnection)connection).FetchNextJobAsync([queue], Cancel);
    }

    private static Task<long> StateIdAsync(RunTable runs, string job) =>
        runs.AskAsync<long>($"select stateid from hangfire.job where id = {job}", Cancel);
}
