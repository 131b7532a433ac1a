using JobServer.EmbeddedPostgres;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.Ledger;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>A PostgreSQL of the test's own, durable, to be stopped and started.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private PostgresServer _server;

    private OwnServer(TestFolder folder, PostgresServer server) => (_folder, _server) = (folder, server);

    public string ConnectionString => _server.ConnectionString;

    public static async Task<OwnServer> StartAsync(StoppedCluster stopped, CancellationToken cancellationToken)
    {
        return await StartAsync(await stopped.CopyAsync(cancellationToken), cancellationToken);
    }

    /// <summary>On a cluster that this then owns.</summary>
    public static async Task<OwnServer> StartAsync(TestFolder folder, CancellationToken cancellationToken)
    {
        var server = new OwnServer(folder, await PostgresServer.StartAsync(Options(folder), cancellationToken));
        await Migrator.MigrateAsync(server.ConnectionString, cancellationToken);
        return server;
    }

    /// <summary><c>pg_ctl stop -m immediate</c>: nothing is written to the end, the next start recovers.</summary>
    public async Task StopAtOnceAsync(CancellationToken cancellationToken)
    {
        string[] words =
        [
            .. ServiceAccount.ForThisProcess()?.Prefix ?? [],
            Path.Combine(PostgresBinaries.Find(null), "pg_ctl"),
            "stop",
            "-m",
            "immediate",
            "-D",
            _folder.Data,
        ];
        (await Command.RunAsync(words, "/", cancellationToken)).ThrowIfFailed();
        await _server.DisposeAsync();
    }

    public async Task StartAgainAsync(CancellationToken cancellationToken) =>
        _server = await PostgresServer.StartAsync(Options(_folder), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static PostgresServerOptions Options(TestFolder folder) =>
        new()
        {
            DataDir = folder.Path,
            Durable = true,
            MaxConnections = 200,
        };
}
