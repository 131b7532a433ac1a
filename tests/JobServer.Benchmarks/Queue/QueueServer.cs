using System.Globalization;
using JobServer.EmbeddedPostgres;
using Npgsql;
using Server = JobServer.EmbeddedPostgres.PostgresServer;

namespace JobServer.Benchmarks.Queue;

/// <summary>The PostgreSQL of all contenders, with a new database for each run.</summary>
internal sealed class QueueServer : IAsyncDisposable
{
    private static readonly string[] Shown =
    [
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
        "max_wal_size",
        "max_connections",
    ];

    private readonly Server _server;
    private int _made;

    private QueueServer(Server server) => _server = server;

    public int Pid { get; private init; }

    public static async Task<QueueServer> StartAsync(TempFolder temp, CancellationToken cancellationToken)
    {
        var options = new PostgresServerOptions { DataDir = Path.Combine(temp.Path, "pg"), MaxConnections = 200 };
        await using (var first = await Server.StartAsync(options, cancellationToken))
        {
            // Read at the start only. A checkpoint in the middle of one run and not of another would be compared.
            await ExecuteAsync(
                first.ConnectionString,
                cancellationToken,
                "alter system set shared_buffers = '1GB'",
                "alter system set max_wal_size = '8GB'",
                "alter system set checkpoint_timeout = '30min'"
            );
        }

        var server = await Server.StartAsync(options, cancellationToken);
        var pidFile = Directory.EnumerateFiles(server.DataDir, "postmaster.pid", SearchOption.AllDirectories).First();
        var pid = int.Parse(File.ReadLines(pidFile).First(), CultureInfo.InvariantCulture);
        return new QueueServer(server) { Pid = pid };
    }

    /// <summary>Of an empty database, which is there until the next is made.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"queue_{++_made}";
        await ExecuteAsync(
            _server.ConnectionString,
            cancellationToken,
            $"drop database if exists queue_{_made - 1} with (force)",
            $"create database {name}",
            "checkpoint"
        );
        return new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Of another empty database.</summary>
    public async Task<string> CreateDatabaseBesideAsync(CancellationToken cancellationToken)
    {
        const string name = "queue_beside";
        await ExecuteAsync(_server.ConnectionString, cancellationToken, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = name }.ConnectionString;
    }

    public async Task<Dictionary<string, string>> SettingsAsync(CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Shown)
            settings[name] = await AskAsync<string>($"select current_setting('{name}')", cancellationToken);
        return settings;
    }

    /// <summary>Written so far, in bytes.</summary>
    public async Task<double> WalAsync(CancellationToken cancellationToken) =>
        (double)await AskAsync<decimal>("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn", cancellationToken);

    public double CpuSeconds() => ProcessFigures.CpuSecondsBelow(Pid);

    public Task<long> ConnectionsAsync(string connection, CancellationToken cancellationToken) =>
        AskAsync<long>(
            $"select count(*) from pg_stat_activity where datname = '{new NpgsqlConnectionStringBuilder(connection).Database}'",
            cancellationToken
        );

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static async Task<T> AskAsync<T>(string connection, string sql, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlConnection(connection + ";Pooling=false");
        await open.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task ExecuteAsync(
        string connection,
        CancellationToken cancellationToken,
        params string[] statements
    )
    {
        await using var open = new NpgsqlConnection(connection + ";Pooling=false");
        await open.OpenAsync(cancellationToken);
        foreach (var sql in statements)
        {
            await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken) =>
        AskAsync<T>(_server.ConnectionString, sql, cancellationToken);
}
