namespace JobServer.IntegrationTests.Fixtures;

/// <summary>A class fixture: one database, one real host on it, one peer for it to call.</summary>
public sealed class RunningHost(TestCluster cluster) : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public HostProcess Host { get; private set; } = null!;

    public Peer Peer { get; private set; } = null!;

    public JobClient Jobs { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await cluster.CreateDatabaseAsync(CancellationToken.None);
        Peer = await Peer.StartAsync();
        Host = await HostProcess.StartAsync(Database.ConnectionString, null, CancellationToken.None);
        Jobs = new JobClient(Host.Http);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Peer.DisposeAsync();
        await Database.DisposeAsync();
    }
}
