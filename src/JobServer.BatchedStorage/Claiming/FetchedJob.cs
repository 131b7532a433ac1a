using Hangfire.Storage;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>A job that a worker has taken off the queue, and its hold on it.</summary>
internal sealed class FetchedJob : IFetchedJob
{
    private readonly StorageParts _parts;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _lost = new();
    private volatile bool _left;

    public FetchedJob(long id, Hold hold, StorageParts parts)
    {
        (Id, Hold, _parts) = (id, hold, parts);
        JobId = BatchedStorage.JobId.Format(id);
        Lost = _lost.Token;
    }

    public long Id { get; }

    public Hold Hold { get; }

    public string JobId { get; }

    /// <summary>Somebody else may be running it: nothing this worker does to it counts any more.</summary>
    public bool IsLost => _lost.IsCancellationRequested;

    /// <summary>Cancelled when the hold is lost.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Its row in the queue is gone, or somebody else's.</summary>
    public bool HasLeft => _left;

    public void RemoveFromQueue() => RemoveFromQueueAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="RemoveFromQueue"/>
    public async Task RemoveFromQueueAsync()
    {
        if (_left)
            return;
        if (!IsLost)
        {
            var unit = new Unit();
            unit.Released.Add(Hold);
            _parts.Committer.Submit(unit);
            try
            {
                await unit.Done.ConfigureAwait(false);
            }
            catch (ConcurrentChangeException)
            {
                // Somebody else's now.
            }
        }

        Leave();
    }

    public void Requeue()
    {
        if (_left)
            return;
        if (!IsLost)
            _parts.Claimer.GiveBack([Hold]);
        Leave();
    }

    public void Dispose()
    {
        try
        {
            Requeue();
        }
        finally
        {
            // What could not be given back is missed at the next renewal.
            Leave();
            _lost.Dispose();
        }
    }

    /// <summary>Its row in the queue is gone, or no longer ours.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _left = true;
            _parts.Leases.Lost.TryRemove(new KeyValuePair<long, FetchedJob>(Id, this));
        }

        _parts.Leases.Forget(this);
    }

    /// <summary>Once it has returned, whoever else called it too, a later claim of the job is not taken for this one.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            if (_left || IsLost)
                return;
            _parts.Leases.Lost[Id] = this;
            // Not waited for: who listens must not keep others from being told.
            _ = _lost.CancelAsync();
        }
    }
}

/// <summary>A job off the queue with all that its worker needs to know.</summary>
internal sealed record Claim(FetchedJob Job, Reading.JobSnapshot Snapshot);
