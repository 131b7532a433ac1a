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
        var depths = (await hangfire.DepthsAsync(cancellationToken)).ToDictionary(depth => depth.Queue);
        var paused = await store.PausedAsync(cancellationToken);
        var servers = storage.GetMonitoringApi().Servers();
        return
        [
            .. _names.Select(queue =>
            {
                var depth = depths.GetValueOrDefault(queue);
                var own = servers.Where(server => server.Queues.Contains(queue)).ToList();
                return new QueueView(
                    queue,
                    depth?.Waiting ?? 0,
                    depth?.Running ?? 0,
                    depth?.OldestAge,
                    own.Sum(server => server.WorkersCount),
                    own.Count,
                    paused.TryGetValue(queue, out var since) ? since : null
                );
            }),
        ];
    }
}
