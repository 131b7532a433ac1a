namespace JobServer.Benchmarks.Benchmark;

/// <summary>What a part found.</summary>
/// <param name="Faults">What is not as it must be, as sentences.</param>
internal sealed record Findings(
    IReadOnlyList<Row> Rows,
    IReadOnlyList<Ratio> Ratios,
    IReadOnlyList<LeftOut> LeftOut,
    IReadOnlyList<string> Faults
)
{
    public static Findings Of(IReadOnlyList<Findings> parts) =>
        new(
            [.. parts.SelectMany(part => part.Rows)],
            [.. parts.SelectMany(part => part.Ratios)],
            [.. parts.SelectMany(part => part.LeftOut)],
            [.. parts.SelectMany(part => part.Faults)]
        );
}
