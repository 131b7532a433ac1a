using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Texts that hosts send each other by way of the database: sent ones reach every host that listens, or are lost.</summary>
/// <param name="listener">A connection string that leads through no pooler of transactions.</param>
public sealed class SignalChannel(NpgsqlDataSource database, string listener)
{
    /// <summary>PostgreSQL takes texts of less than 8000 bytes.</summary>
    public const int MaxBytes = 7999;

    private const int KeepAliveSeconds = 10;

    /// <summary>Sends texts in a transaction of its own, which waits for no disk.</summary>
    public async Task SendAsync(IReadOnlyCollection<string> texts, CancellationToken cancellationToken)
    {
        // Notifying transactions commit one after the other in the whole database: this one must not last.
        await using var command = database.CreateCommand(
            """
            select pg_notify('jobserver', text)
            from set_config('synchronous_commit', 'off', true) cross join unnest(@texts) as sent (text)
            """
        );
        command.Parameters.With("texts", NpgsqlDbType.Array | NpgsqlDbType.Text, texts.ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Listens, on a connection of its own, until that is lost or the wait is cancelled; throws either way.</summary>
    /// <param name="begun">Called once everything sent from now on will arrive.</param>
    public async Task ListenAsync(Action begun, Action<string> received, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(listener)
        {
            Pooling = false,
            Multiplexing = false,
            // A silent end of the other side is noticed within so many seconds, and as many again.
            KeepAlive = KeepAliveSeconds,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Notification += (_, notification) => received(notification.Payload);
        await connection.OpenAsync(cancellationToken);
        await using (var command = new NpgsqlCommand("listen jobserver", connection))
            await command.ExecuteNonQueryAsync(cancellationToken);
        begun();
        while (true)
            await connection.WaitAsync(cancellationToken);
    }
}
