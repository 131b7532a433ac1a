using Hangfire.PostgreSql;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Monitoring;

public sealed class MonitoringTests(TestCluster cluster, ITestOutputHelper output)
{
    // What the counters say, and what is there, in one statement: of one moment.
    private const string Differences = """
        with counted as (
            select key, sum(value)::bigint as rows from (
                select key, value from hangfire.counter union all select key, value from hangfire.aggregatedcounter
            ) c
            where key like 'count:%' group by key
        ), there as (
            select 'count:state:' || statename as key, count(*) as rows from hangfire.job group by statename
            union all
            select 'count:queue:' || queue, count(*) from hangfire.jobqueue group by queue
        )
        select coalesce(string_agg(key || ' ' || coalesce(c.rows, 0) || ' for ' || coalesce(t.rows, 0), ', '), '')
        from counted c full join there t using (key) where coalesce(c.rows, 0) <> coalesce(t.rows, 0)
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_the_dashboard_are_those_of_the_stock_storage_on_the_same_data()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = new BatchedPostgreSqlStorage(database.ConnectionString, new BatchedStorageOptions());
        var actions = new MonitoringActions(storage, database.ConnectionString, seed);

        await actions.RunAsync(400, Cancel);
        // What was claimed ahead goes back by itself: from then on nothing changes.
        await Until.TrueAsync(() => Held(database) == actions.Held, Cancel);

        var stock = new PostgreSqlStorage(
            new Connections(database.ConnectionString),
            new PostgreSqlStorageOptions { PrepareSchemaIfNecessary = false }
        );
        Assert.Equal(
            DashboardPages.Of(stock.GetMonitoringApi(), actions.Jobs),
            DashboardPages.Of(storage.GetMonitoringApi(), actions.Jobs)
        );
        actions.LetGo();
    }

    [Fact]
    public async Task Counts_are_exact_at_any_moment_while_many_write()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = new BatchedPostgreSqlStorage(database.ConnectionString, new BatchedStorageOptions());
        var writers = Enumerable
            .Range(0, 4)
            .Select(n => new MonitoringActions(storage, database.ConnectionString, seed + n))
            .ToList();

        var writing = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.RunAsync(100, Cancel))));
        var looks = 0;
        do
        {
            Assert.Equal("", await database.QueryAsync<string>(Differences, Cancel));
            looks++;
        } while (!writing.IsCompleted);
        await writing;

        Assert.Equal("", await database.QueryAsync<string>(Differences, Cancel));
        output.WriteLine($"{looks} looks");
        writers.ForEach(writer => writer.LetGo());
    }

    private static long Held(TestDatabase database) =>
        database
            .QueryAsync<long>("select count(*) from hangfire.jobqueue where fetchedat is not null", Cancel)
            .GetAwaiter()
            .GetResult();

    private sealed class Connections(string connectionString) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => new(connectionString);
    }
}
