using Hangfire;
using Hangfire.Client;
using Hangfire.Common;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage;

public sealed class JobBatchTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private BatchedPostgreSqlStorage _storage = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _storage = new BatchedPostgreSqlStorage(_database.ConnectionString, new BatchedStorageOptions());
    }

    public async ValueTask DisposeAsync()
    {
        _storage.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Thousands_of_jobs_are_one_commit()
    {
        const int jobs = 2500;
        var batch = _storage.CreateBatch();
        var ids = Enumerable.Range(0, jobs).Select(n => batch.Enqueue(() => Nothing.Do(n))).ToHashSet();
        Assert.Equal(0L, await CountAsync("job"));

        await batch.CommitAsync(Cancel);

        Assert.Equal(jobs, ids.Count);
        Assert.Equal(jobs, batch.Count);
        Assert.Equal(
            $"{jobs} {jobs} {jobs} 1",
            await _database.QueryAsync<string>(
                """
                select concat_ws(' ', count(*), count(distinct s.id), count(distinct q.id), count(distinct j.xmin::text))
                from hangfire.job j
                join hangfire.state s on s.id = j.stateid and s.jobid = j.id and s.name = j.statename
                join hangfire.jobqueue q on q.jobid = j.id
                where j.statename = 'Enqueued' and j.expireat is null
                """,
                Cancel
            )
        );
    }

    [Theory]
    [InlineData(true, 1L)]
    [InlineData(false, 0L)]
    public async Task Jobs_share_the_fate_of_the_callers_transaction(bool commits, long expected)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            var batch = _storage.CreateBatch();
            batch.Schedule(() => Nothing.Do(1), TimeSpan.FromDays(1));
            await batch.WriteAsync(connection, Cancel);
            Assert.Equal(0L, await CountAsync("job"));
            if (commits)
                await transaction.CommitAsync(Cancel);
        }

        Assert.Equal(expected, await CountAsync("job"));
        Assert.Equal(expected, await CountAsync("state"));
        Assert.Equal(expected, await CountAsync("set"));
    }

    [Fact]
    public async Task Client_filters_run_and_may_set_parameters_or_cancel()
    {
        var filters = new JobFilterCollection { new Stamp() };
        var batch = _storage.CreateBatch(filters);
        var kept = batch.Enqueue(() => Nothing.Do(1));
        var dropped = batch.Enqueue(() => Nothing.Do(Stamp.Unwanted));

        await batch.CommitAsync(Cancel);

        Assert.Null(dropped);
        Assert.Equal(1L, await CountAsync("job"));
        using var connection = _storage.GetConnection();
        Assert.Equal("\"before\"", connection.GetJobParameter(kept, "Before"));
        Assert.Equal("after", connection.GetJobParameter(kept, "After"));
    }

    [Fact]
    public async Task What_is_not_a_creation_is_refused()
    {
        var parent = new BackgroundJobClient(_storage).Enqueue(() => Nothing.Do(0));
        var batch = _storage.CreateBatch();

        Assert.Throws<NotSupportedException>(() => batch.Delete(parent));
        Assert.ThrowsAny<Exception>(() => batch.ContinueJobWith(parent, () => Nothing.Do(1)));

        await batch.CommitAsync(Cancel);
        Assert.Equal(1L, await CountAsync("job"));
    }

    [Fact]
    public async Task One_batch_takes_over_the_jobs_of_another()
    {
        var (first, second) = (_storage.CreateBatch(), _storage.CreateBatch());
        first.Enqueue(() => Nothing.Do(1));
        second.Enqueue(() => Nothing.Do(2));
        first.Add(second);

        await first.CommitAsync(Cancel);

        Assert.Equal(2L, await CountAsync("jobqueue"));
    }

    private Task<long> CountAsync(string table) =>
        _database.QueryAsync<long>($"select count(*) from hangfire.{table}", Cancel);

    private sealed class Stamp : IClientFilter
    {
        public const int Unwanted = -1;

        public void OnCreating(CreatingContext context)
        {
            context.Canceled = context.Job.Args[0] is Unwanted;
            context.SetJobParameter("Before", "before");
        }

        public void OnCreated(CreatedContext context)
        {
            if (context.BackgroundJob is { } job)
                context.Connection.SetJobParameter(job.Id, "After", "after");
        }
    }
}

public static class Nothing
{
    public static void Do(int n) => _ = n;
}
