using System.Runtime.Versioning;
using JobServer.EmbeddedPostgres;
using Npgsql;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

public sealed class PostgresServerTests(StoppedCluster stopped)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task First_start_makes_a_database_that_answers_and_listens_on_no_port()
    {
        using var folder = new TestFolder();

        await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);

        Assert.Equal("jobserver", await AskAsync(server, "select current_database()"));
        Assert.Equal("", await AskAsync(server, "show listen_addresses"));
        Assert.Equal("100", await AskAsync(server, "show max_connections"));
        Assert.Contains($"-h '{folder.Path}' -U jobserver jobserver", server.PsqlHint, StringComparison.Ordinal);
        Assert.DoesNotContain(
            await File.ReadAllTextAsync(server.PasswordFile, Cancel),
            server.PsqlHint,
            StringComparison.Ordinal
        );
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.PasswordFile));
    }

    [Fact]
    public async Task The_password_is_asked_for()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "wrong", Pooling = false };
        await using var connection = new NpgsqlConnection(wrong.ConnectionString);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancel));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Theory]
    [InlineData(true, "on")]
    [InlineData(false, "off")]
    public async Task Only_a_server_for_tests_runs_without_durability(bool durable, string expected)
    {
        using var folder = await stopped.CopyAsync(Cancel);
        var options = new PostgresServerOptions { DataDir = folder.Path, Durable = durable };

        await using var server = await PostgresServer.StartAsync(options, Cancel);

        Assert.Equal(expected, await AskAsync(server, "show fsync"));
        Assert.Equal(expected, await AskAsync(server, "show synchronous_commit"));
        Assert.Equal(expected, await AskAsync(server, "show full_page_writes"));
    }

    [Fact]
    public async Task Data_survives_a_restart()
    {
        using var folder = new TestFolder();
        await using (var first = await PostgresServer.StartAsync(folder.Options, Cancel))
        {
            await AskAsync(first, "create table kept as select 'still here' as words");
        }

        await using var second = await PostgresServer.StartAsync(folder.Options, Cancel);

        Assert.Equal("still here", await AskAsync(second, "select words from kept"));
    }

    [Fact]
    public async Task Second_server_on_the_same_data_is_refused_and_harms_nothing()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        await using var first = await PostgresServer.StartAsync(folder.Options, Cancel);

        var refusal = await Assert.ThrowsAsync<PostgresInUseException>(() =>
            PostgresServer.StartAsync(folder.Options, Cancel)
        );

        Assert.Contains($"already runs on {folder.Path}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Embedded:DataDir", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("1", await AskAsync(first, "select 1"));
    }

    [Fact]
    public async Task Dispose_leaves_no_process_even_when_clients_are_connected()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        var server = await PostgresServer.StartAsync(folder.Options, Cancel);
        await using var connected = new NpgsqlConnection(server.ConnectionString);
        await connected.OpenAsync(Cancel);

        await server.DisposeAsync();

        Assert.Empty(RunningProcesses.In(folder.Data));
        Assert.False(File.Exists(folder.Under("data", "postmaster.pid")));
    }

    private static async Task<string?> AskAsync(PostgresServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync(Cancel))?.ToString();
    }
}
