namespace JobServer.Benchmarks.Fetch;

/// <summary>What one run of <c>fetch</c> was asked for.</summary>
internal sealed record FetchSettings(
    string Command,
    int Urls,
    int Concurrency,
    int Rounds,
    int Warmup,
    int Seed,
    string Target,
    IReadOnlyList<string> Only,
    string? Host,
    string? JsonFile
)
{
    private static readonly string[] Contenders = ["jobserver", "loop", "asyncio"];

    public static FetchSettings Parse(string[] args)
    {
        var line = new CommandLine(
            "fetch",
            args,
            "json",
            "urls",
            "concurrency",
            "rounds",
            "warmup",
            "seed",
            "host",
            "target",
            "only"
        );
        return new FetchSettings(
            line.Text,
            line.Number("urls", absent: 60_000, least: 1, most: 1_000_000),
            line.Number("concurrency", absent: 50, least: 1, most: 1_000),
            line.Number("rounds", absent: 5, least: 1, most: 1_000),
            line.Number("warmup", absent: 5, least: 0, most: 100),
            line.Seed(),
            line.OneOf("target", "auto", "auto", "nginx", "kestrel"),
            line.SomeOf("only", Contenders),
            line["host"],
            line.NewFile("json")
        );
    }
}
