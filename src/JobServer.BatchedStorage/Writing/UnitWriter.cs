using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>Writes units over a connection, in its transaction or else in one of their own. Not for two threads at once.</summary>
internal sealed class UnitWriter(string schema)
{
    private UnitStatement _statement = new(schema);
    private int _session;

    /// <summary>Statements are prepared: worth it where the connection is kept.</summary>
    public bool IsPrepared { get; init; }

    /// <exception cref="PostgresException">Nothing of them is written.</exception>
    public void Write(NpgsqlConnection connection, IReadOnlyList<Unit> units, NpgsqlTransaction? transaction = null)
    {
        using var batch = Fill(connection, units, transaction);
        if (IsPrepared)
            batch.Prepare();
        batch.ExecuteNonQuery();
    }

    /// <inheritdoc cref="Write"/>
    public async Task WriteAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Unit> units,
        CancellationToken cancellationToken
    )
    {
        await using var batch = Fill(connection, units, transaction: null);
        if (IsPrepared)
            await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The statements of a batch are one transaction even where none was begun.</summary>
    private NpgsqlBatch Fill(NpgsqlConnection connection, IReadOnlyList<Unit> units, NpgsqlTransaction? transaction)
    {
        // Commands stay prepared for the session they were prepared in, although that is gone.
        if (_session != connection.ProcessID && _session != 0)
            _statement = new UnitStatement(schema);
        _session = connection.ProcessID;
        _statement.Fill(units);
        var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(_statement.Main);
        if (_statement.HasParameters)
            batch.BatchCommands.Add(_statement.Parameters);
        foreach (var unit in units)
        {
            foreach (var operation in unit.Rare)
                batch.BatchCommands.Add(operation.ToCommand());
        }

        return batch;
    }
}
