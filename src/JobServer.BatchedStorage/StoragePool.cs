using System.ComponentModel.DataAnnotations;
using Hangfire.PostgreSql;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>The storage's connections, for itself and for what it inherits.</summary>
internal sealed class StoragePool : IConnectionFactory, IDisposable
{
    /// <summary>The committer's, the claimer's and that of the lease.</summary>
    private const int HeldConnections = 3;

    private StoragePool(NpgsqlDataSource database, NpgsqlDataSource held) => (Database, Held) = (database, held);

    /// <summary>For a moment, or for a session with locks; its sessions have settings that nobody has changed.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>For each <see cref="HeldConnection"/>, which brings its settings along.</summary>
    public NpgsqlDataSource Held { get; }

    public NpgsqlConnection GetOrCreateConnection() => Database.CreateConnection();

    public static StoragePool Open(string connectionString, BatchedStorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(options);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        return new StoragePool(Build(options.MaxConnections - HeldConnections), Build(HeldConnections));

        NpgsqlDataSource Build(int most)
        {
            var builder = new NpgsqlDataSourceBuilder(connectionString);
            builder.UseLoggerFactory(options.LoggerFactory);
            // Between two uses nothing is left behind: no statement is spent on that.
            builder.ConnectionStringBuilder.NoResetOnClose = true;
            builder.ConnectionStringBuilder.Multiplexing = false;
            builder.ConnectionStringBuilder.MinPoolSize = 0;
            builder.ConnectionStringBuilder.MaxPoolSize = most;
            builder.ConnectionStringBuilder.Pooling = true;
            // A connection that died unnoticed would keep the locks and the lease it stands for.
            builder.ConnectionStringBuilder.KeepAlive = 30;
            return builder.Build();
        }
    }

    public void Dispose()
    {
        Database.Dispose();
        Held.Dispose();
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
