using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Tells whether two jobs had the strategies of a family do the same.</summary>
internal static class SameWork
{
    /// <summary>What differs, such as <c>urls</c>; empty where the work is the same.</summary>
    public static IReadOnlyList<string> Differences(BenchmarkSettings one, BenchmarkSettings other, string family)
    {
        (string Name, bool IsSame)[] parts = family switch
        {
            Families.Io =>
            [
                ("urls", one.Urls.SequenceEqual(other.Urls)),
                ("load", one.Load == other.Load),
                ("check", one.Check == other.Check),
            ],
            Families.Cpu => [("numbers", one.Numbers == other.Numbers)],
            _ => [("delays", one.Delays == other.Delays), ("delay", one.Delay == other.Delay)],
        };
        return [.. parts.Where(part => !part.IsSame).Select(part => part.Name)];
    }
}
