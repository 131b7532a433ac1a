namespace JobServer.BatchedStorage.Claiming;

/// <summary>One dispatcher for each list of queues that workers of this process ask for.</summary>
internal sealed class Dispatchers(StorageParts parts) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dispatcher> _byQueues = [];
    private bool _disposed;

    /// <summary>All queues that are served here.</summary>
    public string[] Queues { get; private set; } = [];

    public Dispatcher For(string[] queues)
    {
        var key = string.Join(' ', queues);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(BatchedPostgreSqlStorage));
            if (!_byQueues.TryGetValue(key, out var dispatcher))
            {
                _byQueues[key] = dispatcher = new Dispatcher(queues, parts);
                Queues = [.. Queues.Union(queues)];
            }

            return dispatcher;
        }
    }

    /// <summary>Something waits in this queue.</summary>
    public void Wake(string queue)
    {
        lock (_lock)
        {
            foreach (var dispatcher in _byQueues.Values)
                dispatcher.Wake(queue);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        foreach (var dispatcher in _byQueues.Values)
            dispatcher.Dispose();
    }
}
