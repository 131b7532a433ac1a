using Hangfire;
using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Queues;

/// <summary>Where the queues of this server stand.</summary>
internal sealed class QueueReader(JobKinds kinds, HangfireSchema hangfire, QueueStore store, JobStorage storage)
{
    private readonly string[] _names =
    [
        .. kinds.All.Select(kind => kind.Queue).Append(QueueOptions.System).Distinct().Order(StringComparer.Ordinal),
    ];

    public bool Knows(string queue) => _names.Contains(queue);

    /// <summary>All of them, by name.</summary>
    public async Task<List<QueueView>> ReadAsync(CancellationToken cancellationToken)
    {
        var depths = await hangfire.DepthsAsync(cancellationToken);
        var paused = await store.PausedAsync(cancellationToken);
        var servers = storage.GetMonitoringApi().Servers();
        return
        [
            .. _names.Select(queue =>
            {
                var lanes = JobPriorities.QueuesOf(queue);
                var own = depths.Where(depth => lanes.Contains(depth.Queue)).ToList();
                var live = servers.Where(server => server.Queues.Contains(queue)).ToList();
                return new QueueView(
                    queue,
                    own.Sum(depth => depth.Waiting),
                    own.Sum(depth => depth.Running),
                    own.Max(depth => depth.OldestAge),
                    live.Sum(server => server.WorkersCount),
                    live.Count,
                    paused.TryGetValue(queue, out var since) ? since : null
                );
            }),
        ];
    }
}
