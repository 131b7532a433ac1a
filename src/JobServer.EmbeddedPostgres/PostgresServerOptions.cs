using System.ComponentModel.DataAnnotations;

namespace JobServer.EmbeddedPostgres;

/// <summary>How <see cref="PostgresServer"/> finds its binaries and keeps its data. Left alone, everything has a default.</summary>
public sealed class PostgresServerOptions
{
    /// <summary>The configuration section these are read from.</summary>
    public const string Section = "Embedded";

    /// <summary>
    /// The folder of the cluster, its password, its socket and its lock. It is created when missing; a folder with
    /// other files in it is refused. At most 92 bytes long (88 on macOS), because the path of a unix socket is limited.
    /// Default: as root <c>/var/lib/jobserver</c>, otherwise <c>jobserver</c> in the local application data of the
    /// account (<c>~/.local/share/jobserver</c> on Linux).
    /// </summary>
    public string? DataDir { get; init; }

    /// <summary>
    /// The folder that holds <c>initdb</c> and <c>postgres</c>. When set, nothing else is looked at.
    /// Default: none, the usual places are searched (see <see cref="PostgresBinaries.Find(string?)"/>).
    /// </summary>
    public string? BinDir { get; init; }

    /// <summary>
    /// Whether a commit survives a power cut. <c>false</c> turns off <c>fsync</c>, <c>synchronous_commit</c> and
    /// <c>full_page_writes</c>, which only tests should do: a power cut may then destroy the cluster. Default: true.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>How many connections the server accepts, three of them kept for a superuser. 10 to 10000. Default: 100.</summary>
    [Range(10, 10_000)]
    public int MaxConnections { get; init; } = 100;

    /// <summary>
    /// How long the server may take to answer, recovery after a crash included; beyond that the start fails.
    /// Default: 60 seconds.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
