namespace JobServer.Benchmarks.Queue;

/// <summary>What one run of <c>queue</c> was asked for.</summary>
internal sealed record QueueSettings(
    string Command,
    int Rounds,
    int Seed,
    IReadOnlyList<string> Only,
    IReadOnlyList<string> Parts,
    int Waiting,
    int Finished,
    string? JsonFile
)
{
    public static QueueSettings Parse(string[] args)
    {
        var line = new CommandLine("queue", args, "json", "rounds", "seed", "only", "parts", "waiting", "finished");
        return new QueueSettings(
            line.Text,
            line.Number("rounds", absent: 5, least: 1, most: 100),
            line.Seed(),
            line.SomeOf("only", [.. QueueKind.All.Select(kind => kind.Name)]),
            line["parts"] is null ? ["drain"] : line.SomeOf("parts", ["drain", "large"]),
            line.Number("waiting", absent: 1_000_000, least: 100_000, most: 10_000_000),
            line.Number("finished", absent: 5_000_000, least: 0, most: 50_000_000),
            line.NewFile("json")
        );
    }
}
