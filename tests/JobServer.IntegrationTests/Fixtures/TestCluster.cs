using JobServer.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestCluster))]

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>
/// One PostgreSQL per test run: the server that JOBSERVER_TEST_DB names, else a private one without durability in a
/// new folder. It starts when the first test asks for a database, so a run that needs none does not pay for it.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan DropLimit = TimeSpan.FromSeconds(30);

    private readonly Func<string, CancellationToken, Task> _migrate;
    private readonly string _run = $"jobserver_test_{Guid.NewGuid():n}";
    private readonly SemaphoreSlim _starting = new(1, 1);
    private DirectoryInfo? _folder;
    private PostgresServer? _server;
    private string? _administration;
    private int _created;

    public TestCluster()
        : this(TemplateDatabase.MigrateAsync) { }

    internal TestCluster(Func<string, CancellationToken, Task> migrate) => _migrate = migrate;

    private string Template => $"{_run}_template";

    /// <summary>Clones the migrated template, which the first call makes.</summary>
    public async Task<TestDatabase> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await EnsureTemplateAsync(cancellationToken);
        var name = $"{_run}_{Interlocked.Increment(ref _created)}";
        await ExecuteAsync($"create database {name} template {Template}", cancellationToken);
        return new TestDatabase(this, Connect(name));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _folder?.Delete(recursive: true);
        }
        else if (_administration is not null)
        {
            await DropAsync(Template);
        }

        _starting.Dispose();
    }

    internal async Task DropAsync(string name)
    {
        using var limited = new CancellationTokenSource(DropLimit);
        await ExecuteAsync($"drop database if exists {name} with (force)", limited.Token);
    }

    private async Task EnsureTemplateAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_administration is null)
            {
                var administration = await FindServerAsync(cancellationToken);
                await MakeTemplateAsync(administration, cancellationToken);
                _administration = administration;
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task<string> FindServerAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("JOBSERVER_TEST_DB") is { Length: > 0 } given)
        {
            return given;
        }

        if (_server is null)
        {
            _folder = Directory.CreateTempSubdirectory("jobserver-test-");
            var options = new PostgresServerOptions
            {
                DataDir = _folder.FullName,
                Durable = false,
                MaxConnections = 300,
            };
            _server = await PostgresServer.StartAsync(options, cancellationToken);
        }

        return _server.ConnectionString;
    }

    private async Task MakeTemplateAsync(string administration, CancellationToken cancellationToken)
    {
        await ExecuteAsync(administration, $"drop database if exists {Template}", cancellationToken);
        await ExecuteAsync(administration, $"create database {Template}", cancellationToken);
        await _migrate(Connect(administration, Template), cancellationToken);

        // A database that somebody is connected to cannot be cloned, and the migration may have left a pool behind.
        await ExecuteAsync(
            administration,
            $"alter database {Template} with allow_connections false",
            cancellationToken
        );
        await ExecuteAsync(
            administration,
            $"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{Template}'",
            cancellationToken
        );
    }

    private Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        ExecuteAsync(_administration!, sql, cancellationToken);

    private static async Task ExecuteAsync(string administration, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(administration);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private string Connect(string database) => Connect(_administration!, database);

    private static string Connect(string administration, string database) =>
        new NpgsqlConnectionStringBuilder(administration) { Database = database }.ConnectionString;
}
