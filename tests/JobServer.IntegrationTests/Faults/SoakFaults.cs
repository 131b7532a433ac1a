using JobServer.IntegrationTests.BatchedStorage.Faults;

namespace JobServer.IntegrationTests.Faults;

/// <summary>What goes wrong around a host that lives through all of it.</summary>
/// <param name="proxy">Stands between that host and the database.</param>
/// <param name="other">A second host, beside the proxy.</param>
/// <param name="span">How long a fault lasts that does.</param>
internal sealed class SoakFaults(OwnServer server, FaultProxy proxy, Node other, TimeSpan span)
{
    public (string Name, Func<CancellationToken, Task> BringAboutAsync)[] All =>
        [
            ("the other host is killed", other.KillAndStartAgainAsync),
            ("the other host is stopped", StopOtherAsync),
            ("the database is stopped at once", StopDatabaseAsync),
            ("the connections are cut", CutAsync),
            ("the connections are frozen", FreezeAsync),
            ("the connections are slow", SlowAsync),
            ("the sessions are ended", server.EndSessionsAsync),
            ("the database is read-only", ReadOnlyAsync),
        ];

    private async Task StopOtherAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(0, await other.Host.StopAsync(cancellationToken));
        await other.StartAgainAsync(cancellationToken);
    }

    private async Task StopDatabaseAsync(CancellationToken cancellationToken)
    {
        await server.StopAtOnceAsync(cancellationToken);
        await Task.Delay(span, cancellationToken);
        await server.StartAgainAsync(cancellationToken);
    }

    private Task CutAsync(CancellationToken cancellationToken)
    {
        proxy.Cut();
        return Task.CompletedTask;
    }

    private async Task FreezeAsync(CancellationToken cancellationToken)
    {
        proxy.Freeze();
        await Task.Delay(span, cancellationToken);
        proxy.Thaw();
    }

    private async Task SlowAsync(CancellationToken cancellationToken)
    {
        proxy.Latency = TimeSpan.FromMilliseconds(50);
        await Task.Delay(span, cancellationToken);
        proxy.Latency = TimeSpan.Zero;
    }

    private async Task ReadOnlyAsync(CancellationToken cancellationToken)
    {
        await server.RefuseWritesAsync(cancellationToken);
        await Task.Delay(span, cancellationToken);
        await server.AllowWritesAsync(cancellationToken);
    }
}
