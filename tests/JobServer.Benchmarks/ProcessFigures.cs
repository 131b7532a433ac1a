using System.Globalization;

namespace JobServer.Benchmarks;

/// <summary>CPU time and memory of other processes, from <c>/proc</c>. Elsewhere there is none, and nothing is reported.</summary>
internal static class ProcessFigures
{
    // USER_HZ, the unit of /proc/PID/stat, is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const double KibPerMib = 1024;

    public static bool Available => Directory.Exists("/proc/self");

    /// <summary>The most memory the process ever held, in MiB.</summary>
    public static double? PeakRssMib(int pid) =>
        Lines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            is { } line
            ? double.Parse(
                line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            ) / KibPerMib
            : null;

    /// <summary>CPU seconds of the process itself.</summary>
    public static double CpuSeconds(int pid) => Stat.Of(pid)?.OwnSeconds ?? 0;

    /// <summary>CPU seconds of all processes below this one, those that ended and were waited for included.</summary>
    public static double CpuSecondsBelow(int pid) =>
        Below(pid).Sum(stat => stat.OwnSeconds + stat.EndedChildrenSeconds);

    public static IEnumerable<int> PidsBelow(int pid) => Below(pid).Select(stat => stat.Pid);

    private static List<Stat> Below(int pid)
    {
        if (!Available)
        {
            return [];
        }

        var byParent = Directory
            .EnumerateDirectories("/proc")
            .Select(folder =>
                int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? Stat.Of(id) : null
            )
            .OfType<Stat>()
            .ToLookup(stat => stat.Parent);
        var found = new List<Stat>(byParent[pid]);
        for (var at = 0; at < found.Count; at++)
        {
            found.AddRange(byParent[found[at].Pid]);
        }

        return found;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The process ended between listing and reading.
            return [];
        }
    }

    private sealed record Stat(int Pid, int Parent, double OwnSeconds, double EndedChildrenSeconds)
    {
        public static Stat? Of(int pid)
        {
            if (Lines($"/proc/{pid}/stat") is not [var line, ..])
            {
                return null;
            }

            // The second field is the command in parentheses and may itself hold spaces: count from its end.
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return new Stat(
                pid,
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                (Ticks(fields[11]) + Ticks(fields[12])) / TicksPerSecond,
                (Ticks(fields[13]) + Ticks(fields[14])) / TicksPerSecond
            );
        }

        private static double Ticks(string field) => double.Parse(field, CultureInfo.InvariantCulture);
    }
}
