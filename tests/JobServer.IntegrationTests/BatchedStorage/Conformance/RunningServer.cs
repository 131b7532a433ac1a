using Hangfire;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Hangfire's own server with its own workers and filters, and short waits.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly BackgroundJobServer _server;

    public RunningServer(JobStorage storage, params string[] queues)
        : this(storage, workers: 4, queues) { }

    public RunningServer(JobStorage storage, int workers, params string[] queues)
    {
        _server = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                WorkerCount = workers,
                Queues = queues is [] ? ["default"] : queues,
                SchedulePollingInterval = TimeSpan.FromMilliseconds(100),
                CancellationCheckInterval = TimeSpan.FromMilliseconds(100),
                HeartbeatInterval = TimeSpan.FromSeconds(1),
                StopTimeout = TimeSpan.FromSeconds(5),
                ShutdownTimeout = TimeSpan.FromSeconds(15),
            },
            storage
        );
    }

    public void Dispose() => _server.Dispose();
}
