using JobServer.IntegrationTests.BatchedStorage.Faults;

namespace JobServer.IntegrationTests.Faults;

/// <summary>What goes wrong around a host that lives through all of it.</summary>
/// <param name="proxy">Stands between that host and the database.</param>
/// <param name="other">A second host, beside the proxy.</param>
/// <param name="span">How long a fault lasts that does.</param>
internal sealed class SoakFaults(OwnServer server, FaultProxy proxy, Node other, TimeSpan span)
{
    private const string EndAll = """
        select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and backend_type = 'client backend'
        """;

    public (string Name, Func<CancellationToken, Task> BringAboutAsync)[] All =>
        [
            ("the other host is killed", other.KillAndStartAgainAsync),
            ("the other host is stopped", StopOtherAsync),
            ("the database is stopped at once", StopDatabaseAsync),
            ("the connections are cut", CutAsync),
            ("the connections are frozen", FreezeAsync),
            ("the connections are slow", SlowAsync),
            ("the sessions are ended", token => Sql.RunAsync(server.ConnectionString, token, EndAll)),
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
        await Sql.RunAsync(
            server.ConnectionString,
            cancellationToken,
            "alter database jobserver set default_transaction_read_only = on",
            EndAll
        );
        await Task.Delay(span, cancellationToken);
        await Sql.RunAsync(
            server.ConnectionString,
            cancellationToken,
            "set default_transaction_read_only = off",
            "alter database jobserver reset default_transaction_read_only",
            EndAll
        );
    }
}
