using System.Globalization;
using System.Reflection;
using Hangfire.PostgreSql;
using JobServer.BatchedStorage.Schema;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>The tables: those of Hangfire.PostgreSql, and what <see cref="BatchedPostgreSqlStorage"/> adds to them.</summary>
public static class BatchedSchema
{
    /// <summary>Version of Hangfire.PostgreSql's schema that the storage's statements were written for.</summary>
    public const int StockVersion = 23;

    /// <summary>Version of what the storage adds.</summary>
    public const int Version = 1;

    private const string Placeholder = "$schema$";

    /// <summary>
    /// Installs what is missing; nothing where all is there. To be run by a role that may create tables, before the first
    /// start. Processes that do so at once take turns.
    /// </summary>
    /// <param name="connection">An open one, and no transaction on it.</param>
    /// <param name="schema">Name of the schema; made if it is missing.</param>
    public static void Install(NpgsqlConnection connection, string schema = "hangfire")
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (FindStock(connection, schema) != StockVersion)
            PostgreSqlObjectsInstaller.Install(connection, schema);
        if (Find(connection, schema) == Version)
            return;
        using var transaction = connection.BeginTransaction();
        using (var turn = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 0))", connection))
        {
            turn.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{schema}:batched-schema" });
            turn.ExecuteNonQuery();
        }

        if (Find(connection, schema) is null)
        {
            using var script = new NpgsqlCommand(Read("0001_batched.sql").Replace(Placeholder, schema), connection);
            script.CommandTimeout = 0;
            script.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Whether the storage can work on what is there.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message says why and what to do.</exception>
    public static void Check(NpgsqlConnection connection, string schema = "hangfire")
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (FindStock(connection, schema) is var stock && stock != StockVersion)
        {
            throw new InvalidOperationException(
                $"The schema '{schema}' has version {Text(stock)} of Hangfire.PostgreSql's tables; this storage was written "
                    + $"for version {StockVersion}. Use the package of that version, or install the schema."
            );
        }

        if (Find(connection, schema) is var own && own != Version)
        {
            throw new InvalidOperationException(
                $"The schema '{schema}' has version {Text(own)} of what the batched storage adds; version {Version} is "
                    + $"needed. Run {nameof(BatchedSchema)}.{nameof(Install)}, or let PrepareSchema be true."
            );
        }

        if (NeededParts.FindMissing(connection, schema) is [_, ..] missing)
        {
            throw new InvalidOperationException(
                $"The schema '{schema}' lacks {string.Join(", ", missing)}, which version {StockVersion} of Hangfire.PostgreSql's "
                    + $"tables and version {Version} of what the batched storage adds have. Somebody has changed it by hand."
            );
        }
    }

    private static string Text(int? version) => version?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static int? FindStock(NpgsqlConnection connection, string schema) =>
        FindVersion(connection, $"{schema}.schema");

    private static int? Find(NpgsqlConnection connection, string schema) =>
        FindVersion(connection, $"{schema}.batched_schema");

    private static int? FindVersion(NpgsqlConnection connection, string table)
    {
        using (var exists = new NpgsqlCommand("select to_regclass($1) is not null", connection))
        {
            exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
            if (exists.ExecuteScalar() is not true)
                return null;
        }

        using var version = new NpgsqlCommand($"select max(version) from {table}", connection);
        return version.ExecuteScalar() as int?;
    }

    private static string Read(string script)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(script)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
