using Hangfire;
using Hangfire.Common;
using JobServer.BatchedStorage;
using JobServer.Ledger;

namespace JobServer.Queues;

/// <summary>A queue whose lanes this host runs.</summary>
/// <param name="Workers">Lanes at once; at least 1.</param>
internal sealed record ServedQueue(string Name, int Workers);

/// <summary>Starts the server of one queue, whose lanes hold no thread while they wait.</summary>
internal sealed class QueueServer(
    IEnumerable<ServedQueue> queues,
    BatchedPostgreSqlStorage storage,
    JobActivator activator,
    IJobFilterProvider filters,
    ITimeZoneResolver timeZones
)
{
    // Cannot be paused: its server is always there to release delayed and recurring jobs, for all of them.
    private readonly bool _servesSystem = queues.Any(queue => queue.Name == QueueOptions.System);

    public BatchedJobServer Start(ServedQueue queue) =>
        new(
            new BatchedJobServerOptions
            {
                ServerName = $"{Environment.MachineName}:{Environment.ProcessId}:{queue.Name}",
                Queues = JobPriorities.QueuesOf(queue.Name),
                WorkerCount = queue.Workers,
                IsLightweightServer = _servesSystem && queue.Name != QueueOptions.System,
                // 15 s would make every retry and delayed lane that much later.
                SchedulePollingInterval = TimeSpan.FromSeconds(1),
                HeartbeatInterval = TimeSpan.FromSeconds(30),
                ServerTimeout = TimeSpan.FromMinutes(2),
                ServerCheckInterval = TimeSpan.FromMinutes(1),
                StopTimeout = TimeSpan.FromSeconds(5),
                ShutdownTimeout = TimeSpan.FromSeconds(20),
                Activator = activator,
                FilterProvider = filters,
                TimeZoneResolver = timeZones,
            },
            storage
        );
}
