using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using JobServer.BatchedStorage;
using Npgsql;

namespace JobServer.Ledger;

/// <summary>Brings a database to the schema this build needs: our SQL files, then Hangfire's schema.</summary>
public static class Migrator
{
    // Any fixed number serves; two hosts that start together must use the same one.
    private const long MigrationLock = 0x4A6F_6253_6572_7665;

    /// <summary>Names of the scripts in this build, in order.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
    [
        .. Assembly
            .GetExecutingAssembly()
            .GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Migrates under an advisory lock, so that hosts starting together take turns. Returns the scripts that were
    /// run; none when the database was up to date. Session lock: the connection string must not go through a
    /// transaction-pooling proxy.
    /// </summary>
    public static async Task<IReadOnlyList<string>> MigrateAsync(
        string connectionString,
        CancellationToken cancellationToken
    )
    {
        // A pooled connection would keep the lock after it is given back, and the next host would wait for it.
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(unpooled);
        await connection.OpenAsync(cancellationToken);
        await using (var acquire = new NpgsqlCommand("select pg_advisory_lock(@key)", connection))
        {
            acquire.Parameters.With("key", MigrationLock);
            acquire.CommandTimeout = 120;
            await acquire.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var schema = new NpgsqlCommand("create schema if not exists jobserver", connection))
            await schema.ExecuteNonQueryAsync(cancellationToken);
        var upgrade = DeployChanges
            .To.PostgresqlDatabase(unpooled)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly())
            .JournalToPostgresqlTable("jobserver", "migrations")
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build();
        var result = upgrade.PerformUpgrade();
        if (!result.Successful)
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed.", result.Error);
        BatchedSchema.Install(connection, HangfireSchema.Name);
        return [.. result.Scripts.Select(script => script.Name)];
    }

    /// <summary>Scripts of this build that the database has not seen; all of them when it is empty.</summary>
    public static async Task<IReadOnlyList<string>> PendingAsync(
        NpgsqlDataSource database,
        CancellationToken cancellationToken
    )
    {
        await using var exists = database.CreateCommand("select to_regclass('jobserver.migrations') is not null");
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return Scripts;
        await using var journal = database.CreateCommand("select scriptname from jobserver.migrations");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await using var row = await journal.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            seen.Add(row.GetString(0));
        return [.. Scripts.Where(script => !seen.Contains(script))];
    }
}
