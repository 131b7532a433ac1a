namespace JobServer.EmbeddedPostgres;

/// <summary>Where server binaries may lie.</summary>
/// <param name="Path">The value of PATH.</param>
/// <param name="Patterns">Folders, of which one segment may hold a <c>*</c> for the version.</param>
/// <param name="NpmFolders">Folders that an npm installation may have left its <c>node_modules</c> in.</param>
internal sealed record BinaryPlaces(string Path, IReadOnlyList<string> Patterns, IReadOnlyList<string> NpmFolders)
{
    public static BinaryPlaces OfThisMachine() =>
        new(
            Environment.GetEnvironmentVariable("PATH") ?? "",
            [
                "/usr/lib/postgresql/*/bin",
                "/usr/lib/postgresql*/bin",
                "/usr/pgsql-*/bin",
                "/usr/local/pgsql/bin",
                "/opt/homebrew/opt/postgresql@*/bin",
                "/usr/local/opt/postgresql@*/bin",
                "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
                "/Applications/Postgres.app/Contents/Versions/*/bin",
            ],
            NpmCopy.Folder(AppContext.BaseDirectory) is { } npm ? [npm] : []
        );

    // A link on PATH leads to the folder of the installation, where initdb finds its share folder and postgres.
    public IEnumerable<string> OnPath() =>
        from folder in Path.Split(
            System.IO.Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        )
        let postgres = System.IO.Path.Combine(folder, "postgres")
        where System.IO.Path.IsPathFullyQualified(folder) && File.Exists(postgres)
        select System.IO.Path.GetDirectoryName(
            File.ResolveLinkTarget(postgres, returnFinalTarget: true)?.FullName ?? postgres
        )!;

    public IEnumerable<string> Installed() => Patterns.SelectMany(Expand);

    public IEnumerable<string> NpmCopies() => NpmFolders.Select(NpmCopy.BinDir);

    public IEnumerable<string> Described() =>
        Patterns.Concat(
            NpmFolders.Count > 0 ? NpmCopies() : ["src/JobServer.EmbeddedPostgres/npm, run from the sources"]
        );

    private static IEnumerable<string> Expand(string pattern)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
        {
            return [pattern];
        }

        var parent = pattern[..pattern.LastIndexOf('/', star)];
        var rest = pattern.IndexOf('/', star);
        var name = pattern[(parent.Length + 1)..rest];
        return Directory.Exists(parent)
            ? Directory
                .EnumerateDirectories(parent, name)
                .OrderByDescending(VersionOf)
                .Select(folder => folder + pattern[rest..])
            : [];
    }

    // "/usr/lib/postgresql/9.6" is older than ".../15": numbers are compared as numbers.
    private static Version VersionOf(string folder)
    {
        var digits = new string([.. System.IO.Path.GetFileName(folder).SkipWhile(c => !char.IsAsciiDigit(c))]);
        return Version.TryParse(
            digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0",
            out var version
        )
            ? version
            : new Version();
    }
}
