using Hangfire;
using Hangfire.Server;
using Hangfire.Storage;
using JobServer.BatchedStorage.Locking;

namespace JobServer.Tests.BatchedStorage;

public sealed class LockNamesTests
{
    [Fact]
    public void Lock_of_a_job_is_called_as_the_storage_knows_it() => LockNames.Check();

    [Theory]
    [InlineData(null)]
    [InlineData("job:7:lock")]
    [InlineData("job:8:state-lock")]
    public void Another_name_is_refused(string? resource)
    {
        var fault = Assert.Throws<InvalidOperationException>(() => LockNames.Check(resource));
        Assert.Contains($"'{resource}'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lock_of_the_scheduler_of_delayed_jobs_is_called_as_the_storage_knows_it()
    {
        var storage = new Listening();
        var stopped = new CancellationToken(canceled: true);
        // Its rest after the one look.
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new DelayedJobScheduler().Execute(
                new BackgroundProcessContext(
                    "server",
                    storage,
                    new Dictionary<string, object>(StringComparer.Ordinal),
                    Guid.NewGuid(),
                    stopped,
                    stopped,
                    stopped
                )
            )
        );
        Assert.Equal(DueJobs.Resource, storage.Resource);
    }

    private sealed class Listening : JobStorage
    {
        private readonly IStorageConnection _connection = LockNames.Listener.Connect();

        public string? Resource => ((LockNames.Listener)(object)_connection).Resource;

        public override IMonitoringApi GetMonitoringApi() => throw new NotSupportedException();

        public override IStorageConnection GetConnection() => _connection;
    }
}
