using JobServer.BatchedStorage;
using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Queues;

/// <summary>
/// Runs a Hangfire server for each queue of this host that is not paused. A paused queue has none, so that nothing takes
/// lanes from it; those that run hand over to successors, which wait in it.
/// </summary>
internal sealed class QueueServers(
    IEnumerable<ServedQueue> queues,
    QueueServer servers,
    QueueStore store,
    Signals signals,
    IHostApplicationLifetime lifetime,
    ILogger<QueueServers> logger
) : BackgroundService
{
    // Where a signal was lost.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IntervalWithoutSignals = TimeSpan.FromSeconds(1);

    private readonly Bell _bell = new();
    private readonly Dictionary<string, BatchedJobServer> _running = [];
    private readonly List<Task> _stopping = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // All at once: each takes as long as its slowest lane.
        foreach (var queue in queues)
            Stop(queue);
        await Task.WhenAll(_stopping)
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signals.QueueSignalled += Wake;
        signals.Listening += _bell.Ring;
        // No lane is taken while requests are still being finished.
        await using var stopping = lifetime.ApplicationStopping.Register(SendStop);
        try
        {
            await StartedAsync(stoppingToken);
            while (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await LookAsync(stoppingToken);
                await _bell.WaitAsync(signals.IsListening ? Interval : IntervalWithoutSignals, stoppingToken);
            }
        }
        finally
        {
            signals.QueueSignalled -= Wake;
            signals.Listening -= _bell.Ring;
        }
    }

    private void Wake(string queue) => _bell.Ring();

    /// <summary>Nothing runs before the host has come up: it may still fail to.</summary>
    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var paused = await store.PausedAsync(cancellationToken);
            _stopping.RemoveAll(server => server.IsCompleted);
            foreach (var queue in queues)
            {
                if (paused.ContainsKey(queue.Name))
                    Stop(queue);
                else
                    Start(queue);
            }
        }
        catch (Exception exception) when (DatabaseFaults.IsPassing(exception))
        {
            logger.DatabaseAway("The look at paused queues", exception);
        }
    }

    private void Start(ServedQueue queue)
    {
        lock (_running)
        {
            if (!_running.ContainsKey(queue.Name) && !lifetime.ApplicationStopping.IsCancellationRequested)
                _running.Add(queue.Name, servers.Start(queue));
        }
    }

    /// <summary>Does not wait for its lanes: another server may be running before this one has ended.</summary>
    private void Stop(ServedQueue queue)
    {
        lock (_running)
        {
            if (!_running.Remove(queue.Name, out var server))
                return;
            server.SendStop();
            _stopping.Add(EndAsync(server));
        }

        static async Task EndAsync(BatchedJobServer server)
        {
            using (server)
                await server.WaitForShutdownAsync(CancellationToken.None);
        }
    }

    private void SendStop()
    {
        lock (_running)
        {
            foreach (var server in _running.Values)
                server.SendStop();
        }
    }
}
