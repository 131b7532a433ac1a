using System.ComponentModel.DataAnnotations;
using Hangfire.PostgreSql;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>The storage's connections, for itself and for what it inherits.</summary>
internal sealed class StoragePool(NpgsqlDataSource database) : IConnectionFactory
{
    public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();

    public static NpgsqlDataSource Open(string connectionString, BatchedStorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(options);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseLoggerFactory(options.LoggerFactory);
        // Sessions that were given settings or locks do not come back: no statement is spent on the others.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.ConnectionStringBuilder.Multiplexing = false;
        builder.ConnectionStringBuilder.MinPoolSize = 0;
        builder.ConnectionStringBuilder.MaxPoolSize = options.MaxConnections;
        builder.ConnectionStringBuilder.Pooling = true;
        // A connection that died unnoticed would keep the locks and the lease it stands for.
        builder.ConnectionStringBuilder.KeepAlive = 30;
        return builder.Build();
    }

    /// <summary>Options of what is inherited: reads, and writes that are seldom.</summary>
    public static PostgreSqlStorageOptions Stock(BatchedStorageOptions options) =>
        new()
        {
            SchemaName = options.SchemaName,
            PrepareSchemaIfNecessary = false,
            AllowDegradedModeWithoutStorage = false,
            EnableTransactionScopeEnlistment = true,
            EnableLongPolling = false,
        };
}
