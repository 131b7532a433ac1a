using Npgsql;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>Looks at, and meddles with, the rows behind the HTTP API.</summary>
public static class LedgerRows
{
    /// <summary>Runs a statement and gives its first value.</summary>
    public static async Task<T> QueryAsync<T>(
        this TestDatabase database,
        string sql,
        CancellationToken cancellationToken
    )
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Runs statements.</summary>
    public static async Task ExecuteAsync(this TestDatabase database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Polls until the query answers true.</summary>
    public static async Task WaitForAsync(this TestDatabase database, string sql, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await database.QueryAsync<bool>(sql, limit.Token))
            await Task.Delay(20, limit.Token);
    }

    /// <summary>Every item of the job is recorded once and succeeded; fails otherwise.</summary>
    public static async Task AssertEachRecordedOnceAsync(
        this TestDatabase database,
        string id,
        int items,
        CancellationToken cancellationToken
    )
    {
        var row = await database.QueryAsync<string>(
            $"""
            select concat_ws(' ', count(*), count(distinct seq), min(seq), max(seq),
                count(*) filter (where state = 'succeeded'))
            from jobserver.items where job_id = '{id}'
            """,
            cancellationToken
        );
        Assert.Equal($"{items} {items} 0 {items - 1} {items}", row);
        var counters = await database.QueryAsync<string>(
            $"select concat_ws(' ', state, succeeded, failed) from jobserver.jobs where id = '{id}'",
            cancellationToken
        );
        Assert.Equal($"succeeded {items} 0", counters);
    }
}
