namespace JobServer.BatchedStorage.Locking;

/// <summary>Does this once, when it is disposed of first.</summary>
internal sealed class Release(Action release) : IDisposable
{
    private Action? _release = release;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
