namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>Limits that Linux puts on this process together with others, as a container's are.</summary>
internal static class ControlGroup
{
    private const double Gibibyte = 1L << 30;

    /// <summary>In words, such as <c>1.5 cores, 2 GiB of memory</c>; null without any that can be read.</summary>
    /// <param name="root">Where control groups of version 2 or 1 are mounted.</param>
    public static string? Limits(string root = "/sys/fs/cgroup")
    {
        var limits = new List<string>(2);
        if (Cores(root) is { } cores)
            limits.Add($"{cores:0.##} cores");
        // Without a limit, version 1 names a number that no machine has.
        if (Read(root, "memory.max", "memory/memory.limit_in_bytes") is [var bytes] && bytes < long.MaxValue / 2)
            limits.Add($"{bytes / Gibibyte:0.##} GiB of memory");
        return limits.Count == 0 ? null : string.Join(", ", limits);
    }

    private static double? Cores(string root)
    {
        if (Read(root, "cpu.max") is [var most, var span])
            return (double)most / span;
        return
            Read(root, "cpu/cpu.cfs_quota_us") is [var quota]
            && quota > 0
            && Read(root, "cpu/cpu.cfs_period_us") is [var period]
            ? (double)quota / period
            : null;
    }

    /// <summary>The numbers in the first of the files that there is; none where one of them is a word (max: no limit).</summary>
    private static long[] Read(string root, params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(root, file);
            if (!File.Exists(path))
                continue;
            var words = File.ReadAllText(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var numbers = words.Select(word => long.TryParse(word, out var number) ? number : (long?)null).ToList();
            return numbers.Contains(null) ? [] : [.. numbers.Select(number => number!.Value)];
        }

        return [];
    }
}
