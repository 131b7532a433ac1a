namespace JobServer.Benchmarks;

/// <summary>The working copy this build came from.</summary>
internal static class Repository
{
    /// <summary>The configuration of this build: our output folder is named after it, and so is each one beside it.</summary>
    public static string Configuration { get; } =
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "JobServer.sln")))
            {
                return folder.FullName;
            }
        }

        throw new MissingException($"JobServer.sln in a folder above {AppContext.BaseDirectory}");
    }

    /// <summary>The short commit, with <c>+</c> where files differ from it.</summary>
    public static async Task<string> CommitAsync(CancellationToken cancellationToken)
    {
        var root = Root();
        var commit = await Capture.OutputAsync("git", ["-C", root, "rev-parse", "--short", "HEAD"], cancellationToken);
        var changes = await Capture.OutputAsync("git", ["-C", root, "status", "--porcelain"], cancellationToken);
        return commit is null ? "unknown" : commit + (changes is "" ? "" : "+");
    }
}
