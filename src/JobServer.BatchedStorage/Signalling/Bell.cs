namespace JobServer.BatchedStorage.Signalling;

/// <summary>Wakes one loop from its wait, or from the next one; however often it is rung before, that is one waking.</summary>
internal sealed class Bell
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    /// <summary>Never waits.</summary>
    public void Ring()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // The loop is about to look anyway.
        }
    }

    /// <summary>Until it is rung, or the time is up.</summary>
    public Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        _rung.WaitAsync(limit, cancellationToken);
}
