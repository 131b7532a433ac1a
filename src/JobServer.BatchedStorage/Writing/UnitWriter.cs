using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>Writes units over a connection, in its transaction or else in one of their own. Not for two threads at once.</summary>
internal sealed class UnitWriter(string schema)
{
    private const int Lost = -1;

    private UnitStatement _statement = new(schema);
    private int _session;

    /// <summary>Statements are prepared: worth it where the connection is kept.</summary>
    public bool IsPrepared { get; init; }

    /// <exception cref="PostgresException">Nothing of them is written.</exception>
    public void Write(NpgsqlConnection connection, IReadOnlyList<Unit> units, NpgsqlTransaction? transaction = null)
    {
        using var batch = Fill(connection, units, transaction);
        try
        {
            if (IsPrepared)
                batch.Prepare();
            batch.ExecuteNonQuery();
        }
        catch (Exception exception) when (exception is not PostgresException)
        {
            _session = Lost;
            throw;
        }
    }

    /// <summary>The statements of a batch are one transaction even where none was begun.</summary>
    private NpgsqlBatch Fill(NpgsqlConnection connection, IReadOnlyList<Unit> units, NpgsqlTransaction? transaction)
    {
        // Commands stay prepared for the session they were prepared in, although that is gone; and one that broke off may
        // still be sent from the lists it was filled with.
        if (_session != connection.ProcessID && _session != 0)
            _statement = new UnitStatement(schema);
        _session = connection.ProcessID;
        _statement.Fill(units);
        var batch = new NpgsqlBatch(connection, transaction);
        _statement.AddTo(batch);
        return batch;
    }
}
