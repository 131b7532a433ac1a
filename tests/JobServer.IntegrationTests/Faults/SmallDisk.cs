using System.Runtime.Versioning;
using JobServer.EmbeddedPostgres;
using JobServer.IntegrationTests.EmbeddedPostgres;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A disk of its own, in memory, that is soon full. Only root may mount one, and only on Linux.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Bytes = 200 << 20;

    private readonly TestFolder _mount = new();

    [SupportedOSPlatformGuard("linux")]
    public static bool IsAllowed => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    private string Filler => _mount.Under("filler");

    [SupportedOSPlatform("linux")]
    public static async Task<SmallDisk> MountAsync(CancellationToken cancellationToken)
    {
        var disk = new SmallDisk();
        // Enough for whoever runs PostgreSQL to get to what is theirs.
        File.SetUnixFileMode(disk._mount.Path, (UnixFileMode)0b111_101_101);
        await RunAsync(
            ["mount", "-t", "tmpfs", "-o", $"size={Bytes},mode=755", "tmpfs", disk._mount.Path],
            cancellationToken
        );
        return disk;
    }

    /// <summary>A folder on it, which goes with the disk.</summary>
    public TestFolder NewFolder() => new(Directory.CreateDirectory(_mount.Under("pg")));

    /// <summary>Takes all that is left.</summary>
    public void Fill()
    {
        var zeros = new byte[1 << 12];
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(zeros);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        // Whatever still has a file open there keeps it until it ends.
        await RunAsync(["umount", "-l", _mount.Path], CancellationToken.None);
        _mount.Dispose();
    }

    private static async Task RunAsync(string[] words, CancellationToken cancellationToken) =>
        (await Command.RunAsync(words, "/", cancellationToken)).ThrowIfFailed();
}
