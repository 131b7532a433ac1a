namespace JobServer.BatchedStorage.Locking;

/// <summary>
/// The locks of one connection that are not those of jobs: what it has it may take again, and what it still has when it is
/// closed is let go.
/// </summary>
internal sealed class OwnLocks(StorageParts parts) : IDisposable
{
    private Dictionary<string, Entry>? _held;

    /// <inheritdoc cref="LockSession.Acquire"/>
    public IDisposable Acquire(string resource, TimeSpan timeout)
    {
        _held ??= [];
        if (!_held.TryGetValue(resource, out var entry))
            _held[resource] = entry = new Entry(parts.Locks.Acquire(resource, timeout));
        entry.Depth++;
        return new Release(() => LetGo(resource, entry));
    }

    public void Dispose()
    {
        if (_held is null)
            return;
        foreach (var entry in _held.Values)
            entry.Acquired.Dispose();
        _held.Clear();
    }

    private void LetGo(string resource, Entry entry)
    {
        if (--entry.Depth > 0)
            return;
        _held?.Remove(resource);
        entry.Acquired.Dispose();
    }

    private sealed class Entry(IDisposable acquired)
    {
        public IDisposable Acquired { get; } = acquired;

        public int Depth { get; set; }
    }
}
