using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;

namespace JobServer.EmbeddedPostgres;

/// <summary>Asks a server that is starting until it answers, and makes the database when it is missing.</summary>
internal static class FirstAnswer
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <exception cref="PostgresStartException">The server ended, refused us, or did not answer within the limit.</exception>
    public static async Task WaitAsync(
        string connectionString,
        Supervisor supervisor,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var wanted = new NpgsqlConnectionStringBuilder(connectionString);
        var started = Stopwatch.GetTimestamp();
        while (!await TryMakeDatabaseAsync(wanted, cancellationToken))
        {
            if (supervisor.HasExited || Stopwatch.GetElapsedTime(started) > limit)
            {
                var what = supervisor.HasExited ? "ended" : $"did not answer within {limit.TotalSeconds} s";
                throw new PostgresStartException(
                    $"PostgreSQL on {wanted.Host} {what}. Its last lines:{Environment.NewLine}"
                        + await supervisor.LastLinesAsync(cancellationToken)
                );
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static async Task<bool> TryMakeDatabaseAsync(
        NpgsqlConnectionStringBuilder wanted,
        CancellationToken cancellationToken
    )
    {
        var always = new NpgsqlConnectionStringBuilder(wanted.ConnectionString)
        {
            Database = "postgres",
            Pooling = false,
        };
        try
        {
            await using var connection = new NpgsqlConnection(always.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
            find.Parameters.AddWithValue(wanted.Database!);
            if (await find.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var make = new NpgsqlCommand($"create database {wanted.Database}", connection);
                await make.ExecuteNonQueryAsync(cancellationToken);
            }

            return true;
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.CannotConnectNow)
        {
            throw new PostgresStartException($"PostgreSQL on {wanted.Host} runs, but refuses: {e.MessageText}", e);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException)
        {
            return false;
        }
    }
}
