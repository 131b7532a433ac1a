using Npgsql;

namespace JobServer.Ledger;

/// <summary>Which queues are paused. A queue without a row is not.</summary>
public sealed class QueueStore(NpgsqlDataSource database)
{
    /// <summary>The paused queues, and since when.</summary>
    public async Task<Dictionary<string, DateTimeOffset>> PausedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select name, paused_at from jobserver.queues where paused_at is not null"
        );
        var paused = new Dictionary<string, DateTimeOffset>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            paused.Add(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1));
        return paused;
    }

    /// <summary>Pauses a queue; one that is paused stays so since then.</summary>
    public async Task PauseAsync(string queue, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.queues as q (name, paused_at) values (@queue, now())
            on conflict (name) do update set paused_at = coalesce(q.paused_at, excluded.paused_at)
            """
        );
        command.Parameters.With("queue", queue);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Lets a queue go on.</summary>
    public async Task ResumeAsync(string queue, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "update jobserver.queues set paused_at = null where name = @queue"
        );
        command.Parameters.With("queue", queue);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
