using Npgsql;

namespace JobServer.BatchedStorage.Signalling;

/// <summary>LISTEN and NOTIFY on a connection of the storage's own.</summary>
internal sealed class OwnChannel(NpgsqlDataSource database, string schema) : ISignalChannel
{
    private readonly string _channel = $"{schema}_queues";

    public async Task SendAsync(IReadOnlyCollection<string> texts, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select pg_notify($1, text) from unnest($2) as sent (text)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _channel });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. texts] });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task ListenAsync(Action begun, Action<string> received, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        connection.Notification += (_, notification) => received(notification.Payload);
        await using (var listen = new NpgsqlCommand($"listen \"{_channel}\"", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        begun();
        while (true)
            await connection.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
