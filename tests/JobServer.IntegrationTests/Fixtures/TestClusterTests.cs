using Npgsql;

namespace JobServer.IntegrationTests.Fixtures;

public sealed class TestClusterTests(TestCluster shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_is_dropped_although_somebody_is_connected()
    {
        var clone = await shared.CreateDatabaseAsync(Cancel);
        await using var other = await shared.CreateDatabaseAsync(Cancel);
        await using var connected = new NpgsqlConnection(clone.ConnectionString);
        await connected.OpenAsync(Cancel);

        await clone.DisposeAsync();

        await using var source = NpgsqlDataSource.Create(other.ConnectionString);
        await using var count = source.CreateCommand("select count(*) from pg_database where datname = $1");
        count.Parameters.AddWithValue(clone.Name);
        Assert.Equal(0L, await count.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task Clones_hold_what_the_template_holds_and_nothing_of_each_other()
    {
        var migrations = 0;
        await using var cluster = new TestCluster(
            async (connectionString, cancellationToken) =>
            {
                migrations++;
                // Left open on purpose: a pool of the migration must not stand in the way of cloning.
                var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken);
                await using var create = new NpgsqlCommand("create table marks (name text)", connection);
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
        );

        var clones = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => cluster.CreateDatabaseAsync(Cancel)));
        var counts = await Task.WhenAll(clones.Select(MarkAndCountAsync));

        Assert.Equal([1L, 1L, 1L, 1L], counts);
        Assert.Equal(1, migrations);
        foreach (var clone in clones)
        {
            await clone.DisposeAsync();
        }
    }

    private static async Task<long> MarkAndCountAsync(TestDatabase clone)
    {
        await using var source = NpgsqlDataSource.Create(clone.ConnectionString);
        await using var mark = source.CreateCommand("insert into marks values ('x')");
        await mark.ExecuteNonQueryAsync(Cancel);
        await using var count = source.CreateCommand("select count(*) from marks");
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }
}
