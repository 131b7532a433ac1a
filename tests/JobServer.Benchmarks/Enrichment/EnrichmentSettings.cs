namespace JobServer.Benchmarks.Enrichment;

/// <summary>What one comparison of <c>enrichment</c> was asked for.</summary>
internal sealed record EnrichmentSettings(
    string Command,
    int Rows,
    int Rounds,
    int Warmup,
    int Seed,
    IReadOnlyList<string> Only,
    string? Host,
    string? JsonFile
)
{
    private static readonly string[] Contenders = ["jobserver", "asyncio"];

    public static EnrichmentSettings Parse(string[] args)
    {
        var line = new CommandLine("enrichment", args, "json", "rows", "rounds", "warmup", "seed", "host", "only");
        return new EnrichmentSettings(
            line.Text,
            line.Number("rows", absent: 1_000_000, least: 1, most: 100_000_000),
            line.Number("rounds", absent: 5, least: 1, most: 1_000),
            line.Number("warmup", absent: 3, least: 0, most: 100),
            line.Seed(),
            line.SomeOf("only", Contenders),
            line["host"],
            line.NewFile("json")
        );
    }
}
