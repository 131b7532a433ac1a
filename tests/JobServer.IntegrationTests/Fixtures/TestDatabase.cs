using Npgsql;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>A clone of the template for one test class; dropped on dispose, whoever is still connected.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly TestCluster _cluster;

    internal TestDatabase(TestCluster cluster, string connectionString)
    {
        _cluster = cluster;
        ConnectionString = connectionString;
    }

    /// <summary>Leads to the clone, as its owner.</summary>
    public string ConnectionString { get; }

    public string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    public async ValueTask DisposeAsync()
    {
        await using (var pooled = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(pooled);
        }

        await _cluster.DropAsync(Name);
    }
}
