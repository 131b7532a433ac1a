using System.Diagnostics;
using System.Numerics;
using System.Runtime;
using System.Runtime.InteropServices;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>Says what this process measures on.</summary>
internal static class EnvironmentReader
{
    private const string CpuInfo = "/proc/cpuinfo";

    public static RunEnvironment Read()
    {
        ThreadPool.GetMinThreads(out var minPoolThreads, out _);
        return new RunEnvironment(
            File.Exists(CpuInfo) ? CpuModel(File.ReadLines(CpuInfo)) : null,
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            ControlGroup.Limits(),
            RuntimeInformation.OSDescription,
            RuntimeInformation.ProcessArchitecture.ToString(),
            RuntimeInformation.FrameworkDescription,
            GcMode(),
            minPoolThreads,
            $"{Vector<byte>.Count * 8} bits",
            1.0 / Stopwatch.Frequency,
            typeof(EnvironmentReader).Assembly.GetName().Version!.ToString(3),
            Environment.MachineName
        );
    }

    /// <summary>The model of the first processor; null where the list has none, as on most ARM machines.</summary>
    public static string? CpuModel(IEnumerable<string> cpuInfo) =>
        cpuInfo
            .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
            .FirstOrDefault();

    // Batch is the latency mode of a collector that does none of its work beside the program.
    private static string GcMode() =>
        (GCSettings.IsServerGC ? "server" : "workstation")
        + (GCSettings.LatencyMode == GCLatencyMode.Batch ? ", not concurrent" : ", concurrent");
}
