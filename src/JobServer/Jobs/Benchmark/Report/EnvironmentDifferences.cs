namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Tells two environments apart.</summary>
internal static class EnvironmentDifferences
{
    /// <summary>Such as <c>cores (4 and 2)</c>; none where they are the same.</summary>
    public static IEnumerable<string> Between(RunEnvironment one, RunEnvironment other)
    {
        (string Name, object? One, object? Other)[] all =
        [
            ("host", one.Host, other.Host),
            ("processor", one.Cpu, other.Cpu),
            ("cores", one.Cores, other.Cores),
            ("memory in MiB", one.MemoryBytes >> 20, other.MemoryBytes >> 20),
            ("limits", one.Limits, other.Limits),
            ("operating system", one.Os, other.Os),
            ("architecture", one.Architecture, other.Architecture),
            ("runtime", one.Runtime, other.Runtime),
            ("garbage collection", one.GcMode, other.GcMode),
            ("threads of the pool at least", one.MinPoolThreads, other.MinPoolThreads),
            ("vector width", one.VectorWidth, other.VectorWidth),
            ("version", one.Version, other.Version),
        ];
        return all.Where(part => !Equals(part.One, part.Other))
            .Select(part => $"{part.Name} ({part.One ?? "unknown"} and {part.Other ?? "unknown"})");
    }
}
