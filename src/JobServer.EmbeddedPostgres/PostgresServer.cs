using System.Globalization;
using Npgsql;

namespace JobServer.EmbeddedPostgres;

/// <summary>
/// A private PostgreSQL: found on this machine, initialised on first use, listening on a unix socket only, and stopped
/// with its owner, even when that is killed. Linux; macOS by the same means, though not tried. On Windows
/// it refuses to start and names the way out, a connection string.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string DatabaseName = "jobserver";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly DataFolder _folder;
    private readonly Supervisor _supervisor;
    private bool _disposed;

    private PostgresServer(DataFolder folder, Supervisor supervisor, string password)
    {
        _folder = folder;
        _supervisor = supervisor;
        ConnectionString = ConnectionStringTo(folder.Path, password);
    }

    /// <summary>Leads to the database <c>jobserver</c>, as the owner of the cluster.</summary>
    public string ConnectionString { get; }

    /// <summary>The folder of the cluster, as a full path.</summary>
    public string DataDir => _folder.Path;

    /// <summary>The file that holds the password, readable by its owner only.</summary>
    public string PasswordFile => _folder.PasswordFile;

    /// <summary>A line for a terminal that opens psql on the database, without showing the password.</summary>
    public string PsqlHint => $"PGPASSWORD=$(cat '{PasswordFile}') psql -h '{DataDir}' -U jobserver {DatabaseName}";

    /// <summary>Leads to a server that another process has started on the same folder.</summary>
    /// <exception cref="PostgresStartException">There is no cluster.</exception>
    public static async Task<string> ConnectionStringOfRunningAsync(
        PostgresServerOptions options,
        CancellationToken cancellationToken
    )
    {
        var folder = DataFolder.PathOf(options.DataDir);
        var password = DataFolder.PasswordFileOf(folder);
        if (!File.Exists(password))
        {
            throw new PostgresStartException($"There is no database in {folder}.");
        }

        return ConnectionStringTo(folder, (await File.ReadAllTextAsync(password, cancellationToken)).Trim());
    }

    /// <summary>Where <see cref="KeepAsync"/> keeps what has this name.</summary>
    public string FileOf(string name) => Path.Combine(DataDir, name);

    /// <summary>
    /// A secret beside the data, in a file that only its owner can read: the one that is there, or else a new one.
    /// </summary>
    public async Task<(string Secret, bool IsNew)> KeepAsync(
        string name,
        Func<string> make,
        CancellationToken cancellationToken
    )
    {
        var file = FileOf(name);
        if (File.Exists(file))
        {
            return ((await File.ReadAllTextAsync(file, cancellationToken)).Trim(), false);
        }

        var secret = make();
        await DataFolder.WriteSecretAsync(file, secret, cancellationToken);
        return (secret, true);
    }

    /// <summary>
    /// Starts the server and returns when the database answers. The data of an earlier start is used again; the server
    /// of an earlier owner that was killed is waited for, at most 15 seconds.
    /// </summary>
    /// <exception cref="PostgresNotFoundException">There are no server binaries.</exception>
    /// <exception cref="PostgresInUseException">Another JobServer runs on the data folder.</exception>
    /// <exception cref="PostgresVersionException">The data was made by another major version.</exception>
    /// <exception cref="PostgresStartException">The data folder cannot be used, or the server did not start.</exception>
    public static async Task<PostgresServer> StartAsync(
        PostgresServerOptions options,
        CancellationToken cancellationToken
    )
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PostgresStartException(
                "The private PostgreSQL does not run on Windows. Set ConnectionStrings__JobServer to a PostgreSQL of your "
                    + "own, for example after `docker compose up -d db`, or run JobServer inside WSL."
            );
        }

        var binDir = PostgresBinaries.Find(options.BinDir);
        var folder = DataFolder.Open(DataFolder.PathOf(options.DataDir));
        try
        {
            return await StartAsync(folder, binDir, options, cancellationToken);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server: by fast shutdown, or by force after 10 seconds, which the next start recovers from.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await using (var pooled = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(pooled);
        }

        await StopAsync(_supervisor, _folder);
        _folder.Dispose();
    }

    private static async Task<PostgresServer> StartAsync(
        DataFolder folder,
        string binDir,
        PostgresServerOptions options,
        CancellationToken cancellationToken
    )
    {
        // First of all: a server that is still stopping removes files under the hands of what follows.
        await Leftovers.WaitAsync(folder.Data, cancellationToken);
        var password = await folder.PasswordAsync(cancellationToken);
        var account = ServiceAccount.ForThisProcess();
        if (account is not null)
        {
            binDir = await HandOverAsync(folder, binDir, account, cancellationToken);
        }

        var cluster = new Cluster(folder, binDir, account?.Prefix ?? []);
        if (cluster.Exists)
        {
            await cluster.CheckVersionAsync(cancellationToken);
        }
        else
        {
            await cluster.InitializeAsync(options.Durable, cancellationToken);
        }

        var supervisor = Supervisor.Start(ServerCommand(folder, binDir, options), account?.Prefix ?? [], folder.Path);
        var server = new PostgresServer(folder, supervisor, password);
        try
        {
            await FirstAnswer.WaitAsync(server.ConnectionString, supervisor, options.StartTimeout, cancellationToken);
            return server;
        }
        catch
        {
            await StopAsync(supervisor, folder);
            throw;
        }
    }

    // Root's own folders are closed to the account that runs PostgreSQL, and a clone of the sources may lie in one.
    private static async Task<string> HandOverAsync(
        DataFolder folder,
        string binDir,
        ServiceAccount account,
        CancellationToken cancellationToken
    )
    {
        if (!await account.ReachesAsync(Path.Combine(binDir, "postgres"), cancellationToken))
        {
            binDir = NpmCopy.Holds(binDir)
                ? await NpmCopy.CopyToAsync(binDir, folder.Path, cancellationToken)
                : throw new PostgresStartException(
                    $"As root, PostgreSQL is run under the account {account.Name}, which cannot reach {binDir}. "
                        + "Set Embedded:BinDir to a folder that every account may enter."
                );
        }

        await account.OwnAsync(folder.Path, cancellationToken);
        return await account.ReachesAsync(folder.Path, cancellationToken)
            ? binDir
            : throw new PostgresStartException(
                $"As root, PostgreSQL is run under the account {account.Name}, which cannot reach {folder.Path}. "
                    + "Set Embedded:DataDir to a folder below one that every account may enter."
            );
    }

    private static string ConnectionStringTo(string folder, string password) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = folder,
            Username = "jobserver",
            Password = password,
            Database = DatabaseName,
        }.ConnectionString;

    private static string[] ServerCommand(DataFolder folder, string binDir, PostgresServerOptions options)
    {
        var connections = options.MaxConnections.ToString(CultureInfo.InvariantCulture);
        List<string> settings =
        [
            "listen_addresses=",
            "port=5432",
            $"unix_socket_directories={folder.Path}",
            "unix_socket_permissions=0700",
            $"max_connections={connections}",
        ];
        if (!options.Durable)
        {
            settings.AddRange(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        }

        var postgres = Path.Combine(binDir, "postgres");
        return [postgres, "-D", folder.Data, .. settings.SelectMany(setting => new[] { "-c", setting })];
    }

    private static async Task StopAsync(Supervisor supervisor, DataFolder folder)
    {
        using (supervisor)
        {
            if (!await supervisor.StopAsync(StopLimit))
            {
                if (Leftovers.Postmaster(folder.Data) is { } pid)
                {
                    RunningProcesses.Kill(pid);
                }

                supervisor.Kill();
            }
        }
    }
}
