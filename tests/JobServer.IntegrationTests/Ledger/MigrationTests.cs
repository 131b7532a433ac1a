using JobServer.IntegrationTests.Fixtures;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.IntegrationTests.Ledger;

public sealed class MigrationTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Schema_is_the_one_on_record()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var recorded = Path.Combine(RepositoryRoot(), "migrations", "schema.sql");

        var schema = await SchemaSnapshot.ReadAsync(database.ConnectionString, Cancel);
        if (Environment.GetEnvironmentVariable("JOBSERVER_WRITE_SCHEMA") == "1")
            await File.WriteAllTextAsync(recorded, schema, Cancel);

        Assert.Equal(await File.ReadAllTextAsync(recorded, Cancel), schema);
    }

    [Fact]
    public async Task Migrating_twice_changes_nothing()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var before = await SchemaSnapshot.ReadAsync(database.ConnectionString, Cancel);

        var scripts = await Migrator.MigrateAsync(database.ConnectionString, Cancel);

        Assert.Empty(scripts);
        Assert.Equal(before, await SchemaSnapshot.ReadAsync(database.ConnectionString, Cancel));
    }

    [Fact]
    public async Task Hosts_that_start_together_on_an_empty_database_take_turns()
    {
        await using var database = await EmptyAsync();

        var hosts = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => HostProcess.StartAsync(database.ConnectionString, null, Cancel))
        );

        foreach (var host in hosts)
        {
            using var ready = await host.Http.GetAsync("/health/ready", Cancel);
            Assert.True(ready.IsSuccessStatusCode);
            await host.DisposeAsync();
        }

        Assert.Equal(
            (long)Migrator.Scripts.Count,
            await database.QueryAsync<long>("select count(*) from jobserver.migrations", Cancel)
        );
    }

    [Fact]
    public async Task Production_asks_for_the_migrate_verb_and_runs_after_it()
    {
        await using var database = await EmptyAsync();
        var production = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production" };

        await using (var refused = HostProcess.Launch(database.ConnectionString, production))
        {
            Assert.Equal(2, await refused.WaitForExitAsync(Cancel));
            Assert.Contains("JobServer.dll migrate", refused.Log, StringComparison.Ordinal);
        }

        await using (var migrating = HostProcess.Launch(database.ConnectionString, production, "migrate"))
            Assert.Equal(0, await migrating.WaitForExitAsync(Cancel));
        await using var host = await HostProcess.StartAsync(database.ConnectionString, production, Cancel);
    }

    [Fact]
    public async Task Tenant_is_in_every_table_and_every_unique_key()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);

        var without = await database.QueryAsync<string>(
            """
            select coalesce(string_agg(name, ', '), '') from (
                select t.relname as name from pg_class t
                where t.relnamespace = 'jobserver'::regnamespace and t.relkind = 'r' and t.relname <> all ('{migrations,protection_keys,queues,servers}')
                    and not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant')
                union all
                select i.indexrelid::regclass::text from pg_index i
                join pg_class t on t.oid = i.indrelid and t.relname <> all ('{migrations,protection_keys,queues,servers}')
                where t.relnamespace = 'jobserver'::regnamespace and i.indisunique and not exists (
                    select from pg_attribute a
                    where a.attrelid = i.indrelid and a.attnum = any (i.indkey) and a.attname = 'tenant'
                )
            ) lacking
            """,
            Cancel
        );

        Assert.Equal("", without);
    }

    private async Task<TestDatabase> EmptyAsync()
    {
        var database = await cluster.CreateDatabaseAsync(Cancel);
        await database.ExecuteAsync("drop schema jobserver cascade; drop schema hangfire cascade", Cancel);
        NpgsqlConnection.ClearAllPools();
        return database;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "JobServer.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
