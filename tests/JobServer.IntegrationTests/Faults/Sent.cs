namespace JobServer.IntegrationTests.Faults;

/// <summary>One submission as its client knows it. The numbers of its items are its own: no other submission has them.</summary>
/// <param name="Kind">fetch, or enrichment by a lookup.</param>
internal sealed record Sent(int Number, string Kind, int Items, bool HasKey)
{
    public const int Numbers = 1000;

    /// <summary>From the 202; null while there was none.</summary>
    public string? Id { get; set; }

    /// <summary>Carried by the job, so that one whose 202 was lost is known again.</summary>
    public string Tag => $"sent-{Number}";

    public IEnumerable<int> ItemNumbers => Enumerable.Range(Number * Numbers, Items);

    public static int OfItem(int item) => item / Numbers;
}
