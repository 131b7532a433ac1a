using JobServer.BatchedStorage;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage;

/// <summary>A storage that does not fit the tables says so at its first use, and does nothing else.</summary>
public sealed class SchemaCheckTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("select", null)]
    [InlineData("update schema set version = 24", "has version 24 of Hangfire.PostgreSql's tables")]
    [InlineData("update schema set version = 22", "has version 22 of Hangfire.PostgreSql's tables")]
    [InlineData("drop table schema", "has version none of Hangfire.PostgreSql's tables")]
    [InlineData("drop table batched_schema", "has version none of what the batched storage adds; version 1 is needed")]
    [InlineData("update batched_schema set version = 9", "has version 9 of what the batched storage adds")]
    [InlineData("alter table job rename updatecount to version", "lacks job.updatecount")]
    [InlineData("alter table jobqueue drop column owner", "lacks jobqueue.owner")]
    [InlineData("drop table lease", "lacks lease.owner, lease.name, lease.renewed_at")]
    [InlineData("drop trigger batched_count_updated on job", "lacks job.batched_count_updated")]
    [InlineData("alter table jobqueue disable trigger all", "lacks jobqueue.batched_count_inserted")]
    public async Task Tables_that_are_not_as_they_must_be_are_refused(string change, string? message)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var command = new NpgsqlCommand($"set search_path to hangfire; {change}", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }

        using var storage = new BatchedPostgreSqlStorage(
            database.ConnectionString,
            new BatchedStorageOptions { PrepareSchema = false }
        );

        if (message is null)
        {
            storage.GetConnection().Dispose();
            return;
        }

        var fault = Assert.Throws<InvalidOperationException>(() => storage.GetConnection());
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }
}
