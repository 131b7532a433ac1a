using System.Security.Cryptography;
using System.Text;

namespace JobServer.EmbeddedPostgres;

/// <summary>
/// The folder of one cluster, locked for this process: <c>data</c> (PostgreSQL's own files), <c>password</c>, the
/// socket and the lock. The kernel frees the lock when the process ends, however it ends.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockName = "jobserver.lock";
    private const string SocketName = ".s.PGSQL.5432";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string Data => System.IO.Path.Combine(Path, "data");

    public string PasswordFile => PasswordFileOf(Path);

    public static string PasswordFileOf(string folder) => System.IO.Path.Combine(folder, "password");

    public static string PathOf(string? dataDir) =>
        !string.IsNullOrWhiteSpace(dataDir)
            ? System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(dataDir))
        : Environment.IsPrivilegedProcess ? "/var/lib/jobserver"
        : System.IO.Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "jobserver"
        );

    /// <summary>Makes the folder when it is missing and locks it.</summary>
    /// <exception cref="PostgresInUseException">Another process holds it.</exception>
    /// <exception cref="PostgresStartException">Its path does not fit, it holds other files, or it cannot be written.</exception>
    public static DataFolder Open(string path)
    {
        CheckPath(path);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            var lockFile = System.IO.Path.Combine(path, LockName);
            if (!File.Exists(lockFile) && Directory.EnumerateFileSystemEntries(path).Any(entry => entry != lockFile))
            {
                throw new PostgresStartException(
                    $"{path} holds files that are not JobServer's, and its owner and mode would be changed. "
                        + "Set Embedded:DataDir to a new or an empty folder."
                );
            }

            return new DataFolder(path, Lock(lockFile));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw IsHeld(e)
                ? new PostgresInUseException(path)
                : new PostgresStartException(
                    $"The data folder {path} cannot be used: {e.Message} Set Embedded:DataDir to a folder of this account.",
                    e
                );
        }
    }

    /// <summary>The password of the cluster; made when there is no cluster yet.</summary>
    /// <exception cref="PostgresStartException">There is a cluster, and its password is gone.</exception>
    public async Task<string> PasswordAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(PasswordFile))
        {
            return (await File.ReadAllTextAsync(PasswordFile, cancellationToken)).Trim();
        }

        if (Directory.Exists(Data))
        {
            throw new PostgresStartException(
                $"{PasswordFile} is missing, so nobody can sign in to the cluster beside it. Restore that file, or move "
                    + $"{Path} away to start with an empty database."
            );
        }

        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await WriteSecretAsync(PasswordFile, password, cancellationToken);
        return password;
    }

    /// <summary>Writes a file that only its owner can read; whole, or not at all.</summary>
    public static async Task WriteSecretAsync(string file, string secret, CancellationToken cancellationToken)
    {
        var unfinished = file + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        await using (var writer = new FileStream(unfinished, options))
        {
            await writer.WriteAsync(Encoding.ASCII.GetBytes(secret), cancellationToken);
        }

        File.Move(unfinished, file);
    }

    public void Dispose() => _lock.Dispose();

    private static void CheckPath(string path)
    {
        // sun_path is 108 bytes on Linux and 104 on macOS, a zero at the end included.
        var limit = OperatingSystem.IsMacOS() ? 103 : 107;
        var length = Encoding.UTF8.GetByteCount(System.IO.Path.Combine(path, SocketName));
        if (length > limit)
        {
            throw new PostgresStartException(
                $"The data folder {path} is too deep: the path of PostgreSQL's socket in it has {length} bytes, and the "
                    + $"system allows {limit}. Set Embedded:DataDir to a shorter path."
            );
        }

        // A list of hosts is parted by commas, a host and its port by a colon, and PostgreSQL reads quotes.
        if (path.AsSpan().ContainsAny(",:\"\n"))
        {
            throw new PostgresStartException(
                $"The data folder {path} has a comma, colon or quote in its path. Set Embedded:DataDir to another one."
            );
        }
    }

    private static FileStream Lock(string file) =>
        new(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            }
        );

    // EWOULDBLOCK of Linux and of macOS: .NET reports the refused lock by no type of its own.
    private static bool IsHeld(Exception e) => e is IOException { HResult: 11 or 35 };
}
