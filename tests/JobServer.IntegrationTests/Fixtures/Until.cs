namespace JobServer.IntegrationTests.Fixtures;

/// <summary>Waits, at most 10 s, for what other processes bring about.</summary>
public static class Until
{
    public static async Task TrueAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while (!condition())
            await Task.Delay(5, limit.Token);
    }
}
