namespace JobServer.Benchmarks;

/// <summary>The PostgreSQL that runs below a host, found by its process and asked through its own binary.</summary>
internal sealed record PostgresServer(string Version, IReadOnlyDictionary<string, string?> Settings)
{
    private static readonly string[] Durability = ["fsync", "synchronous_commit", "full_page_writes"];

    private bool IsDurable => Durability.All(name => Settings[name] == "on");

    /// <summary>Adds what is known of the PostgreSQL of a host to the description of the machine.</summary>
    /// <exception cref="IncorrectException">It does not keep what it commits.</exception>
    public static async Task DescribeAsync(
        JobServerHost? host,
        Dictionary<string, object?> machine,
        CancellationToken cancellationToken
    )
    {
        if (host?.Pid is not { } pid || await FindAsync(pid, cancellationToken) is not { } postgres)
        {
            machine["postgres"] = host is null ? null : "unknown";
            return;
        }

        machine["postgres"] = postgres.Version;
        machine["postgresSettings"] = postgres.Settings;
        if (!postgres.IsDurable)
        {
            throw new IncorrectException(
                "the PostgreSQL of the host does not keep what it commits; the run would mean nothing"
            );
        }
    }

    /// <summary>Null where there is none below the host, or no <c>/proc</c> to look in.</summary>
    private static async Task<PostgresServer?> FindAsync(int hostPid, CancellationToken cancellationToken)
    {
        foreach (var pid in ProcessFigures.PidsBelow(hostPid))
        {
            if (ArgumentsOf(pid) is not [var binary, .. var arguments] || !IsPostmaster(binary, arguments))
            {
                continue;
            }

            var executable = File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: true)?.FullName ?? binary;
            var version = await Capture.OutputAsync(executable, ["--version"], cancellationToken);
            var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var name in Durability)
            {
                // With -C the binary prints what a server with these arguments and files runs with, and starts none.
                settings[name] = await Capture.OutputAsync(executable, ["-C", name, .. arguments], cancellationToken);
            }

            return new PostgresServer(version ?? "unknown", settings);
        }

        return null;
    }

    // The processes of its connections rewrite their command line to a title; only the first keeps its arguments.
    private static bool IsPostmaster(string binary, string[] arguments) =>
        Path.GetFileName(binary) == "postgres" && arguments.Contains("-D", StringComparer.Ordinal);

    private static string[] ArgumentsOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
