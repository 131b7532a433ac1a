using Hangfire;
using Hangfire.Common;
using JobServer.Ledger;

namespace JobServer.Queues;

/// <summary>A queue whose lanes this host runs.</summary>
/// <param name="Workers">Lanes at once; at least 1.</param>
internal sealed record ServedQueue(string Name, int Workers);

/// <summary>Starts Hangfire's server of one queue.</summary>
internal sealed class QueueServer(
    JobStorage storage,
    JobActivator activator,
    IJobFilterProvider filters,
    ITimeZoneResolver timeZones
)
{
    public BackgroundJobServer Start(ServedQueue queue) =>
        new(
            new BackgroundJobServerOptions
            {
                ServerName = $"{Environment.MachineName}:{Environment.ProcessId}:{queue.Name}",
                Queues = JobPriorities.QueuesOf(queue.Name),
                WorkerCount = queue.Workers,
                // 15 s would make every retry and delayed lane that much later.
                SchedulePollingInterval = TimeSpan.FromSeconds(1),
                HeartbeatInterval = TimeSpan.FromSeconds(10),
                ServerTimeout = TimeSpan.FromSeconds(60),
                ServerCheckInterval = TimeSpan.FromSeconds(30),
                // A delete on the dashboard reaches the lane this soon; a cancel of ours does not wait for it.
                CancellationCheckInterval = TimeSpan.FromSeconds(1),
                StopTimeout = TimeSpan.FromSeconds(5),
                ShutdownTimeout = TimeSpan.FromSeconds(20),
                Activator = activator,
                FilterProvider = filters,
                TimeZoneResolver = timeZones,
            },
            storage
        );
}
