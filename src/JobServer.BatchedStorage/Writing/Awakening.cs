namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Lets those who await units go on, one after the other on as few threads of the pool as keep up: to wake a thread for each of
/// hundreds costs more than what most of them do. One who keeps its thread holds up nobody, for while any are left
/// another thread is asked for.
/// </summary>
internal sealed class Awakening(List<Unit> units) : IThreadPoolWorkItem
{
    private int _next;
    private int _isHelpComing;

    public void Execute()
    {
        Volatile.Write(ref _isHelpComing, 0);
        while (Interlocked.Increment(ref _next) is var taken && taken <= units.Count)
        {
            if (taken < units.Count && Interlocked.Exchange(ref _isHelpComing, 1) == 0)
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            units[taken - 1].Release();
        }
    }
}
