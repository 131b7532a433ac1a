using JobServer.Benchmarks.Benchmark.Verdicts;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>What one run of <c>benchmark</c> was asked for.</summary>
/// <param name="Requests">Of one run of a contender of the part <c>closed</c>; its wrk goes by time.</param>
/// <param name="Rounds">Of that part, as is <paramref name="Warmup"/>.</param>
/// <param name="Runs">Comparisons of each of the <paramref name="Cases"/> of the part <c>verdicts</c>.</param>
internal sealed record BenchSettings(
    string Command,
    IReadOnlyList<string> Parts,
    int Requests,
    int Rounds,
    int Warmup,
    int Runs,
    IReadOnlyList<string> Cases,
    int Seed,
    string Target,
    string? Host,
    string? JsonFile
)
{
    public const int Connections = 50;

    public bool Has(string part) => Parts.Contains(part, StringComparer.Ordinal);

    public static BenchSettings Parse(string[] args)
    {
        var line = new CommandLine(
            "benchmark",
            args,
            "json",
            "only",
            "requests",
            "rounds",
            "warmup",
            "runs",
            "cases",
            "seed",
            "target",
            "host"
        );
        return new BenchSettings(
            line.Text,
            line.SomeOf("only", ["closed", "pages", "verdicts"]),
            line.Number("requests", absent: 200_000, least: Connections, most: 1_000_000),
            line.Number("rounds", absent: 5, least: 1, most: 1_000),
            line.Number("warmup", absent: 3, least: 0, most: 100),
            line.Number("runs", absent: 100, least: 1, most: 10_000),
            line.SomeOf("cases", VerdictsPart.CaseNames),
            line.Seed(),
            line.OneOf("target", "auto", "auto", "nginx", "kestrel"),
            line["host"],
            line.NewFile("json")
        );
    }
}
