namespace JobServer.Benchmarks;

/// <summary>The folder of one run, deleted with it.</summary>
internal sealed class TempFolder : IDisposable
{
    private const UnixFileMode OwnerWritesAllRead =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    public TempFolder()
    {
        Path = Directory.CreateTempSubdirectory("jobserver-bench-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // Started by root, PostgreSQL and the workers of nginx run under accounts of their own and must get in.
            File.SetUnixFileMode(Path, OwnerWritesAllRead);
        }
    }

    public string Path { get; }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"left behind: {Path} ({left.Message})");
        }
    }
}
