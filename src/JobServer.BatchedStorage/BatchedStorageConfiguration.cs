using Hangfire;

namespace JobServer.BatchedStorage;

/// <summary>The one line of configuration.</summary>
public static class BatchedStorageConfiguration
{
    /// <summary>Keeps jobs in PostgreSQL by <see cref="BatchedStorage"/>.</summary>
    /// <inheritdoc cref="BatchedStorage(string, BatchedStorageOptions, TimeProvider?)"/>
    public static IGlobalConfiguration<BatchedStorage> UseBatchedPostgreSqlStorage(
        this IGlobalConfiguration configuration,
        string connectionString,
        BatchedStorageOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.UseStorage(new BatchedStorage(connectionString, options ?? new BatchedStorageOptions()));
    }
}
