using Npgsql;

namespace JobServer.Benchmarks.Queue;

/// <summary>The contenders from npm, installed as locked into the folder of the run.</summary>
internal sealed class QueuePeers(string folder, string node)
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(3);

    /// <summary>The version of Node.js.</summary>
    public required string Version { get; init; }

    /// <summary>Null, and why, where they cannot be had.</summary>
    public static async Task<(QueuePeers? Peers, string? Reason)> InstallAsync(
        TempFolder temp,
        CancellationToken cancellationToken
    )
    {
        if (Executable.Find("node") is not { } node || Executable.Find("npm") is not { } npm)
            return (null, "no node or npm");
        var folder = Path.Combine(temp.Path, "peers");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Queue", "Peers")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var installed = await Capture.OutputAsync(
            npm,
            ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cancellationToken,
            InstallLimit
        );
        var version = await Capture.OutputAsync(node, ["--version"], cancellationToken);
        return installed is null || version is null
            ? (null, "npm ci failed")
            : (new QueuePeers(folder, node) { Version = version }, null);
    }

    public ChildProcess Start(string name, string connection) =>
        ChildProcess.Start(name, node, [Path.Combine(folder, "peer.mjs"), name, Uri(connection)]);

    /// <summary>The form that they understand.</summary>
    private static string Uri(string connection)
    {
        var parts = new NpgsqlConnectionStringBuilder(connection);
        return $"postgres://{parts.Username}:{System.Uri.EscapeDataString(parts.Password!)}@/{parts.Database}"
            + $"?host={System.Uri.EscapeDataString(parts.Host!)}";
    }
}
