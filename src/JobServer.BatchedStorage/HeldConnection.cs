using System.Data;
using System.Globalization;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>
/// A connection that one loop keeps for itself: its statements stay prepared, and the planner is told what it cannot know.
/// </summary>
/// <remarks>
/// The arrays of each statement differ in length, so that the server would plan each anew; and with some tens of thousands
/// of rows it takes hash joins and scans of whole tables for cheaper than the index look-ups that they are. What has to be read
/// as a whole nevertheless counts as so expensive then that it would be compiled first, which takes longer than all else.
/// </remarks>
internal sealed class HeldConnection(NpgsqlDataSource database, TimeSpan? lockTimeout = null) : IDisposable
{
    private NpgsqlConnection? _connection;

    /// <summary>An error came from a statement, not from the connection.</summary>
    public bool IsUsable => _connection is { FullState: ConnectionState.Open };

    /// <summary>The connection, opened if it is not.</summary>
    public NpgsqlConnection Open()
    {
        if (IsUsable)
            return _connection!;
        Close();
        var connection = database.OpenConnection();
        try
        {
            using var settings = new NpgsqlCommand(Settings(), connection);
            settings.ExecuteNonQuery();
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        // Not before: without the settings it must not be used.
        return _connection = connection;
    }

    /// <inheritdoc cref="Open"/>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (IsUsable)
            return _connection!;
        Close();
        var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var settings = new NpgsqlCommand(Settings(), connection);
            await settings.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return _connection = connection;
    }

    public void Close()
    {
        var connection = _connection;
        _connection = null;
        connection?.Dispose();
    }

    public void Dispose() => Close();

    private string Settings()
    {
        var wait = (long)(lockTimeout ?? TimeSpan.Zero).TotalMilliseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            set plan_cache_mode = force_generic_plan;
            set enable_hashjoin = off;
            set enable_mergejoin = off;
            set enable_seqscan = off;
            set jit = off;
            set lock_timeout = {wait}
            """
        );
    }
}
