namespace JobServer.BatchedStorage.Locking;

/// <summary>
/// The locks of one connection: who asks for one that it has gets it at once, and lets it go with the outermost. Not for two
/// threads at once, as the connection.
/// </summary>
internal sealed class NestedLocks(LockSession session)
{
    private readonly Dictionary<string, (IDisposable Lock, int Depth)> _held = [];

    /// <inheritdoc cref="LockSession.Acquire"/>
    public IDisposable Acquire(string resource, TimeSpan timeout)
    {
        var (acquired, depth) = _held.TryGetValue(resource, out var held)
            ? held
            : (session.Acquire(resource, timeout), 0);
        _held[resource] = (acquired, depth + 1);
        return new Release(this, resource);
    }

    /// <summary>Lets all go that were not.</summary>
    public void Clear()
    {
        foreach (var (acquired, _) in _held.Values)
            acquired.Dispose();
        _held.Clear();
    }

    private void End(string resource)
    {
        if (!_held.TryGetValue(resource, out var held))
            return;
        if (held.Depth > 1)
        {
            _held[resource] = held with { Depth = held.Depth - 1 };
            return;
        }

        _held.Remove(resource);
        held.Lock.Dispose();
    }

    private sealed class Release(NestedLocks locks, string resource) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            if (_released)
                return;
            _released = true;
            locks.End(resource);
        }
    }
}
