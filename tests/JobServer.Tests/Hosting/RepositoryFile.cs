namespace JobServer.Tests.Hosting;

/// <summary>Files that tests read where they are kept.</summary>
internal static class RepositoryFile
{
    /// <param name="path">From the root of the repository.</param>
    public static string PathOf(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "JobServer.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No folder above has JobServer.sln.");
        return Path.Combine(folder.FullName, path);
    }
}
