namespace JobServer.Benchmarks.Queue;

/// <summary>What the storage is held to; a run that misses one is not as expected.</summary>
internal static class QueueTargets
{
    public static readonly (string A, string B)[] Ratios =
    [
        ("drain.batched", "drain.stock"),
        ("drain.batchedThreads", "drain.stock"),
        ("drain.batched", "drain.graphile"),
        ("drain.batched", "drain.graphileBatch"),
        ("drain.batched", "drain.pgboss"),
        ("drain.batched", "drain.pgbossBatch"),
        ("drain.batched", "drain.inmemory"),
        ("enqueue.batched", "enqueue.stock"),
        ("enqueue.batched", "enqueue.graphile"),
        ("large.batched", "small.batched"),
    ];

    private static readonly (string A, string B, double Least)[] LeastRatios =
    [
        ("drain.batched", "drain.stock", 40),
        ("drain.batchedThreads", "drain.stock", 15),
        ("drain.batched", "drain.graphile", 3),
        ("large.batched", "small.batched", 0.9),
    ];

    private static readonly (string Row, double Least)[] LeastRows = [("enqueueBulk.batched", 20_000)];

    private static readonly (string Row, double Most)[] MostRows =
    [
        ("latencyP99.batched", 25),
        ("statistics.batched", 20),
    ];

    /// <summary>Whether all that was measured is met; says each.</summary>
    public static bool Write(Report report, TextWriter output)
    {
        var targets = (
            from target in LeastRatios
            from ratio in report.Ratios
            where (ratio.A, ratio.B) == (target.A, target.B)
            select ($"{target.A} / {target.B} at least {target.Least}", ratio.Median >= target.Least)
        )
            .Concat(
                from target in LeastRows
                from row in report.Rows
                where row.Name == target.Row
                select ($"{target.Row} at least {target.Least}", row.Median >= target.Least)
            )
            .Concat(
                from target in MostRows
                from row in report.Rows
                where row.Name == target.Row
                select ($"{target.Row} at most {target.Most}", row.Median <= target.Most)
            )
            .ToList();
        output.WriteLine();
        foreach (var (text, isMet) in targets)
            output.WriteLine($"{(isMet ? "met" : "MISSED"), -8} {text}");
        return targets.TrueForAll(target => target.Item2);
    }
}
