using System.Runtime.InteropServices;

namespace JobServer.Benchmarks;

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    public static Dictionary<string, object?> Describe() =>
        new(StringComparer.Ordinal)
        {
            ["cpu"] = CpuModel(),
            ["cores"] = Environment.ProcessorCount,
            ["memoryMib"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
            ["os"] = RuntimeInformation.OSDescription,
            ["loadAverageBefore"] = LoadAverage(),
            ["build"] = Repository.Configuration,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
        };

    /// <summary>The type of the file system of a folder: on <c>tmpfs</c> an fsync costs nothing and the run flatters.</summary>
    public static string FileSystem(string folder)
    {
        try
        {
            return new DriveInfo(folder).DriveFormat;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    private static string? CpuModel() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
                .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
                .FirstOrDefault()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");

    private static string? LoadAverage() =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : null;
}
