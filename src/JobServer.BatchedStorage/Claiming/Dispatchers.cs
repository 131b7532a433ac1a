namespace JobServer.BatchedStorage.Claiming;

/// <summary>One dispatcher for each list of queues that workers of this process ask for.</summary>
internal sealed class Dispatchers(StorageParts parts) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dispatcher> _byQueues = [];
    private bool _disposed;

    public Dispatcher For(string[] queues)
    {
        var key = string.Join(' ', queues);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(BatchedPostgreSqlStorage));
            if (!_byQueues.TryGetValue(key, out var dispatcher))
                _byQueues[key] = dispatcher = new Dispatcher(queues, parts);
            return dispatcher;
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
