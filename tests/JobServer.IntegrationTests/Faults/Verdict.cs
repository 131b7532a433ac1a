namespace JobServer.IntegrationTests.Faults;

/// <summary>What a check found.</summary>
/// <param name="Findings">What is lost, doubled or nobody's; empty when all is well.</param>
/// <param name="Unacknowledged">Jobs whose 202 never reached their client.</param>
/// <param name="Failed">Items that ended in an error, by its code.</param>
/// <param name="Attempts">How many items were called for once, twice and so on.</param>
internal sealed record Verdict(
    IReadOnlyList<string> Findings,
    int Acknowledged,
    int Unacknowledged,
    int Items,
    IReadOnlyDictionary<string, int> Failed,
    IReadOnlyDictionary<int, int> Attempts
)
{
    public IReadOnlyDictionary<string, int> Refused { get; init; } = new Dictionary<string, int>();

    public override string ToString() =>
        $"{Acknowledged} jobs accepted and {Unacknowledged} more that exist without a 202, {Items} results, "
        + $"{Findings.Count} findings; refused {Say(Refused)}; failed items {Say(Failed)}; calls an item {Say(Attempts)}";

    /// <summary>Nothing is lost, nothing is doubled; items fail for no other reason than the one given.</summary>
    public void AssertWhole(ITestOutputHelper output, params string[] allowedCodes)
    {
        output.WriteLine(ToString());
        Assert.Empty(Findings);
        Assert.Empty(Failed.Keys.Except(allowedCodes));
    }

    private static string Say<T>(IReadOnlyDictionary<T, int> counts)
        where T : notnull =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}"));
}
