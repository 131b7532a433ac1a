namespace JobServer.Benchmarks;

/// <summary>The PostgreSQL that runs below a host, found by its process and asked through its own binary.</summary>
internal sealed record PostgresServer(string Version, IReadOnlyDictionary<string, string?> Settings)
{
    private static readonly string[] Durability = ["fsync", "synchronous_commit", "full_page_writes"];

    public bool IsDurable => Durability.All(name => Settings[name] == "on");

    /// <summary>Null where there is none below the host, or no <c>/proc</c> to look in.</summary>
    public static async Task<PostgresServer?> FindAsync(int hostPid, CancellationToken cancellationToken)
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
