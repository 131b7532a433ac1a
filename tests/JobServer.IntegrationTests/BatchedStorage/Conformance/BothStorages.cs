using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Whose behaviour is looked at: the library's, which is the measure, or ours.</summary>
public enum StorageKind
{
    Stock,
    Batched,
}

/// <summary>The library's storage and ours in one database, each in a schema of its own; one pair for a test class.</summary>
public sealed class BothStorages(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private PostgreSqlStorage _stock = null!;
    private BatchedPostgreSqlStorage _batched = null!;

    public static TheoryData<StorageKind> Kinds { get; } = [StorageKind.Stock, StorageKind.Batched];

    public string ConnectionString => _database.ConnectionString;

    public JobStorage this[StorageKind kind] => kind == StorageKind.Stock ? _stock : _batched;

    public StorageRows Rows(StorageKind kind) =>
        new(_database.ConnectionString, kind == StorageKind.Stock ? "stock" : "hangfire");

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        var options = new PostgreSqlStorageOptions
        {
            SchemaName = "stock",
            QueuePollInterval = TimeSpan.FromMilliseconds(100),
            CountersAggregateInterval = TimeSpan.FromHours(1),
        };
        _stock = new PostgreSqlStorage(new NpgsqlConnectionFactory(_database.ConnectionString, options), options);
        _batched = new BatchedPostgreSqlStorage(
            _database.ConnectionString,
            new BatchedStorageOptions { PrepareSchema = false }
        );
    }

    public async ValueTask DisposeAsync()
    {
        _batched.Dispose();
        await _database.DisposeAsync();
    }
}
