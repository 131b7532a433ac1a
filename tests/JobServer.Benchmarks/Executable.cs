namespace JobServer.Benchmarks;

/// <summary>Programs of the system.</summary>
internal static class Executable
{
    /// <summary>The first of that name on PATH or in <c>/usr/sbin</c>, which the PATH of users lacks; null if there is none.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
