using Npgsql;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>How many rows a submission could have left behind.</summary>
public sealed record WrittenRows(long Jobs, long Chunks, long Lanes, long HangfireJobs)
{
    public static async Task<WrittenRows> CountAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            select (select count(*) from jobserver.jobs), (select count(*) from jobserver.chunks),
                (select count(*) from jobserver.lanes), (select count(*) from hangfire.job)
            """,
            connection
        );
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
    }
}
