using System.Globalization;
using Hangfire.Storage;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>A job that a worker has taken off the queue, and its hold on it.</summary>
internal sealed class FetchedJob(long id, Hold hold, StorageParts parts) : IFetchedJob
{
    private readonly CancellationTokenSource _lost = new();
    private bool _left;

    public long Id { get; } = id;

    public Hold Hold { get; } = hold;

    public string JobId { get; } = id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Somebody else may be running it: nothing this worker does to it counts any more.</summary>
    public bool IsLost => _lost.IsCancellationRequested;

    /// <summary>Cancelled when the hold is lost.</summary>
    public CancellationToken Lost => _lost.Token;

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
            parts.Committer.Submit(unit);
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
            parts.Claimer.GiveBack([Hold]);
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
            parts.Leases.Lost.TryRemove(Id, out _);
            _lost.Dispose();
        }
    }

    /// <summary>Its row in the queue is gone, or no longer ours.</summary>
    public void Leave()
    {
        _left = true;
        parts.Leases.Forget(this);
    }

    public void Lose()
    {
        if (_left)
            return;
        parts.Leases.Lost[Id] = true;
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its worker has just ended.
        }
    }
}

/// <summary>A job off the queue with all that its worker needs to know.</summary>
internal sealed record Claim(FetchedJob Job, Reading.JobSnapshot Snapshot);
