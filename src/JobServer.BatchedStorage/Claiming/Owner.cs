using System.Collections.Concurrent;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// This process as the holder of jobs: one row in the database that it renews stands for all of its holds. Once it is
/// gone, they are gone.
/// </summary>
internal sealed class Owner(long id, long renewed)
{
    private readonly ConcurrentDictionary<FetchedJob, bool> _held = new();
    private long _renewed = renewed;
    private volatile bool _isLost;

    public long Id { get; } = id;

    /// <summary>When its row was last renewed, before the question was sent; a timestamp of the monotonic clock.</summary>
    public long Renewed
    {
        get => Volatile.Read(ref _renewed);
        set => Volatile.Write(ref _renewed, value);
    }

    public ICollection<FetchedJob> Held => _held.Keys;

    public bool IsLost => _isLost;

    /// <summary>One that is added while the lease is being lost is lost by either.</summary>
    public void Add(FetchedJob job)
    {
        _held[job] = true;
        Interlocked.MemoryBarrier();
        if (IsLost)
            job.Lose();
    }

    public void Remove(FetchedJob job) => _held.TryRemove(job, out _);

    public void Lose()
    {
        _isLost = true;
        Interlocked.MemoryBarrier();
        foreach (var job in Held)
            job.Lose();
    }
}
