namespace JobServer.EmbeddedPostgres;

/// <summary>The files of a cluster: making them, and checking that they suit the binaries.</summary>
internal sealed class Cluster(DataFolder folder, string binDir, IReadOnlyList<string> prefix)
{
    public bool Exists => File.Exists(Path.Combine(folder.Data, "PG_VERSION"));

    /// <summary>Runs initdb. A run that was cut short leaves nothing that a later start would take for a cluster.</summary>
    public async Task InitializeAsync(bool durable, CancellationToken cancellationToken)
    {
        var unfinished = folder.Data + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        string[] sync = durable ? [] : ["--no-sync"];
        var initdb = await Command.RunAsync(
            [
                .. prefix,
                Path.Combine(binDir, "initdb"),
                $"--pgdata={unfinished}",
                "--username=jobserver",
                $"--pwfile={folder.PasswordFile}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                .. sync,
            ],
            folder.Path,
            cancellationToken
        );
        if (initdb.ExitCode != 0)
        {
            throw new PostgresStartException(
                $"initdb could not make a cluster in {folder.Path}:{Environment.NewLine}{initdb.Output}"
            );
        }

        Directory.Move(unfinished, folder.Data);
    }

    /// <exception cref="PostgresVersionException">The cluster is of another major version than the binaries.</exception>
    public async Task CheckVersionAsync(CancellationToken cancellationToken)
    {
        var made = (await File.ReadAllTextAsync(Path.Combine(folder.Data, "PG_VERSION"), cancellationToken)).Trim();
        var postgres = Path.Combine(binDir, "postgres");
        var found = await Command.RunAsync([.. prefix, postgres, "--version"], folder.Path, cancellationToken);
        found.ThrowIfFailed();
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        var version = found
            .Output.Split(' ')
            .FirstOrDefault(word => word.Length > 0 && char.IsAsciiDigit(word[0]), "?");
        if (!(version + ".").StartsWith(made + ".", StringComparison.Ordinal) && !IsPreRelease(version, made))
        {
            throw new PostgresVersionException(
                $"The data in {folder.Path} was made by PostgreSQL {made}, but the server found in {binDir} is {version}. "
                    + $"Set Embedded:BinDir to the bin folder of a PostgreSQL {made}, or set Embedded:DataDir to a new "
                    + "folder to start with an empty database."
            );
        }
    }

    // "18beta1" reads 18 in PG_VERSION.
    private static bool IsPreRelease(string version, string made) =>
        version.StartsWith(made, StringComparison.Ordinal) && char.IsAsciiLetter(version[made.Length]);
}
