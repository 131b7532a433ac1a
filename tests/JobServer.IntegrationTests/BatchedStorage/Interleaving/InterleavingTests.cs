using JobServer.BatchedStorage;
using JobServer.IntegrationTests.BatchedStorage.Conformance;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Interleaving;

/// <summary>
/// Workers compare where the library locks: all orders in which a worker's success, deletion, requeue, a continuation that
/// is added, a parameter that is set and the take-over by another server can meet, on the real storage and database.
/// </summary>
/// <remarks>
/// <c>JOBSERVER_INTERLEAVINGS</c> is the number of orders for each scenario; the fewest preemptions come first. Without it
/// some dozens are tried, and a run takes less than a minute.
/// </remarks>
public sealed class InterleavingTests(TestCluster cluster) : IAsyncLifetime
{
    private const int MostPreemptions = 4;
    private const int OrdersByDefault = 15;

    private TestDatabase _database = null!;
    private BatchedPostgreSqlStorage _first = null!;
    private BatchedPostgreSqlStorage _second = null!;

    [Theory]
    [InlineData("work delete")]
    [InlineData("work requeue")]
    [InlineData("work continue")]
    [InlineData("work parameter")]
    [InlineData("work expire")]
    [InlineData("delete requeue")]
    [InlineData("delete continue")]
    [InlineData("work delete requeue")]
    [InlineData("work delete continue")]
    [InlineData("work requeue continue")]
    [InlineData("work continue continue")]
    [InlineData("work continue parameter")]
    [InlineData("work expire delete")]
    [InlineData("work expire continue")]
    [InlineData("work expire requeue")]
    public void Whatever_the_order_nothing_is_lost_and_nothing_is_done_twice(string scenario)
    {
        var limit = int.TryParse(Environment.GetEnvironmentVariable("JOBSERVER_INTERLEAVINGS"), out var given)
            ? given
            : OrdersByDefault;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var preemptions = 0; preemptions <= MostPreemptions; preemptions++)
        {
            List<int>? choices = [];
            while (choices is not null && seen.Count < limit)
            {
                var schedule = new Schedule(choices, preemptions);
                Try(scenario, schedule);
                seen.Add(schedule.Trace);
                choices = schedule.Next();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{scenario}: {seen.Count} orders");
    }

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        var options = new BatchedStorageOptions
        {
            PrepareSchema = false,
            QueuePollInterval = TimeSpan.FromMilliseconds(50),
        };
        _first = new BatchedPostgreSqlStorage(_database.ConnectionString, options);
        _second = new BatchedPostgreSqlStorage(_database.ConnectionString, options);
    }

    public async ValueTask DisposeAsync()
    {
        _first.Dispose();
        _second.Dispose();
        await _database.DisposeAsync();
    }

    private void Try(string scenario, Schedule schedule)
    {
        var model = new Model(_first, _second, new StorageRows(_database.ConnectionString, "hangfire"));
        try
        {
            var actors = model.Begin(scenario);
            schedule.Run(actors, model.Idle);
            Assert.All(actors, actor => Assert.Null(actor.Fault));
            model.CheckAtRest();
            model.Drain();
            model.CheckAtEnd();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"In the order {schedule.Trace}", exception);
        }
    }
}
