using Npgsql;

namespace JobServer.IntegrationTests.Faults;

/// <summary>Statements on a session of their own, which no pool keeps.</summary>
internal static class Sql
{
    public static async Task<T> AskAsync<T>(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Each statement is a transaction of its own.</summary>
    public static async Task RunAsync(
        string database,
        CancellationToken cancellationToken,
        params IEnumerable<string> statements
    )
    {
        await using var connection = await OpenAsync(database, cancellationToken);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public static async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(database) { Pooling = false };
        var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
