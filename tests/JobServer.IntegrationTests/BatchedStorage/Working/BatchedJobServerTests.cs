using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>The server as a whole: how much it runs, on how little, and what it leaves behind.</summary>
public sealed class BatchedJobServerTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _key = Guid.NewGuid().ToString();
    private TestDatabase _database = null!;
    private BatchedPostgreSqlStorage _storage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Token);
        _storage = new BatchedPostgreSqlStorage(
            _database.ConnectionString,
            new BatchedStorageOptions { PrepareSchema = false, LeaseRenewalInterval = TimeSpan.FromMilliseconds(100) }
        );
    }

    public async ValueTask DisposeAsync()
    {
        _storage.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Five_hundred_jobs_run_at_the_same_time_over_eight_connections()
    {
        const int Count = 500;
        await EnqueueAsync(Job.FromExpression(() => Gated.Together(_key, Count + 1)), Count);
        using var server = Start(Count);
        // The last of them is this test: all others wait for it.
        await UntilAsync("select count(*) = 500 from hangfire.job where statename = 'Processing'");
        var connections = await ScalarAsync(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Count} jobs on {ThreadPool.ThreadCount} threads of the pool, {connections} connections"
        );

        var last = Gated.Together(_key, Count + 1);

        await last.WaitAsync(Limit, Token);
        await UntilAsync("select count(*) = 500 from hangfire.job where statename = 'Succeeded'");
        Assert.InRange(Assert.IsType<long>(connections), 1, 8);
    }

    [Fact]
    public async Task It_is_a_server_on_the_dashboard()
    {
        using var server = Start(7, "urgent", "default");
        await UntilAsync("select count(*) = 1 from hangfire.server");
        var seen = Assert.Single(_storage.GetMonitoringApi().Servers());
        Assert.Equal(7, seen.WorkersCount);
        Assert.Equal(["urgent", "default"], seen.Queues);
        server.Dispose();
        Assert.Empty(_storage.GetMonitoringApi().Servers());
    }

    [Fact]
    public async Task A_job_that_does_not_end_is_cancelled_by_the_stop_and_given_back_with_all_others()
    {
        await EnqueueAsync(Job.FromExpression(() => Gated.UntilCancelled(_key, CancellationToken.None)), 1);
        var server = Start(1);
        await Gated.Of(_key).Begun.Task.WaitAsync(Limit, Token);
        await EnqueueAsync(Job.FromExpression(() => Scripted.Nothing()), 50);

        server.SendStop();
        await server.WaitForShutdownAsync(Token).WaitAsync(Limit, Token);
        server.Dispose();

        Assert.True(Gated.Of(_key).Cancelled.Task.IsCompleted);
        await UntilAsync("select count(*) = 51 from hangfire.jobqueue where fetchedat is null and owner is null");
        Assert.Equal("Enqueued 50, Processing 1", await StatesAsync());

        using var next = Start(10);
        await UntilAsync("select count(*) = 51 from hangfire.job where statename = 'Succeeded'");
    }

    [Fact]
    public async Task A_job_whose_hold_is_lost_is_cancelled_and_writes_nothing_to_its_next_attempt()
    {
        await EnqueueAsync(Job.FromExpression(() => Gated.UntilCancelled(_key, CancellationToken.None)), 1);
        using var server = Start(2);
        await Gated.Of(_key).Begun.Task.WaitAsync(Limit, Token);

        // As another process does to one whose lease is over.
        await ScalarAsync(
            """
            with ended as (delete from hangfire.lease)
            update hangfire.jobqueue set fetchedat = null, owner = null
            """
        );

        await Gated.Of(_key).Cancelled.Task.WaitAsync(Limit, Token);
        await UntilAsync("select count(*) = 0 from hangfire.jobqueue");
        Assert.Equal("Succeeded 1", await StatesAsync());
        Assert.Equal(
            "Enqueued Processing Processing Succeeded",
            await ScalarAsync("select string_agg(name, ' ' order by id) from hangfire.state")
        );
    }

    [Fact]
    public async Task A_job_that_is_to_be_retried_costs_one_commit_with_its_count()
    {
        var id = await EnqueueAsync(Job.FromExpression(() => Failing.Once()), 1);
        using var server = Start(1);
        await UntilAsync("select count(*) = 1 from hangfire.set where key = 'schedule'");
        // The state and its parameter were written by one transaction.
        Assert.Equal(
            true,
            await ScalarAsync(
                """
                select s.xmin = p.xmin from hangfire.state s
                join hangfire.jobparameter p on p.jobid = s.jobid and p.name = 'RetryCount' and p.value = '1'
                where s.name = 'Scheduled'
                """
            )
        );
    }

    private BatchedJobServer Start(int workers, params string[] queues) =>
        new(
            new BatchedJobServerOptions
            {
                WorkerCount = workers,
                Queues = queues is [] ? [EnqueuedState.DefaultQueue] : queues,
                StopTimeout = TimeSpan.FromMilliseconds(50),
                ShutdownTimeout = Limit,
            },
            _storage
        );

    private async Task<string> EnqueueAsync(Job job, int count)
    {
        var batch = _storage.CreateBatch();
        var id = "";
        for (var i = 0; i < count; i++)
            id = batch.Create(job, new EnqueuedState());
        await batch.CommitAsync(Token);
        return id!;
    }

    private async Task<object?> StatesAsync() =>
        await ScalarAsync(
            """
            select string_agg(statename || ' ' || n, ', ' order by statename)
            from (select statename, count(*) as n from hangfire.job group by 1) s
            """
        );

    private async Task UntilAsync(string sql)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Limit);
        while (await ScalarAsync(sql) is not true)
            await Task.Delay(20, limit.Token);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}

/// <summary>A job that fails.</summary>
public static class Failing
{
    [AutomaticRetry(Attempts = 1, DelaysInSeconds = [3600])]
    public static Task Once() => throw new InvalidOperationException("once");
}
