using Hangfire;

namespace JobServer.BatchedStorage;

/// <summary>The one line of configuration.</summary>
public static class BatchedStorageConfiguration
{
    /// <summary>Keeps jobs in PostgreSQL by <see cref="BatchedPostgreSqlStorage"/>.</summary>
    /// <inheritdoc cref="BatchedPostgreSqlStorage(string, BatchedStorageOptions, TimeProvider?)"/>
    public static IGlobalConfiguration<BatchedPostgreSqlStorage> UseBatchedPostgreSqlStorage(
        this IGlobalConfiguration configuration,
        string connectionString,
        BatchedStorageOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.UseStorage(
            new BatchedPostgreSqlStorage(connectionString, options ?? new BatchedStorageOptions())
        );
    }
}
