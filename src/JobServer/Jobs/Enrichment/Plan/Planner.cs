using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Jobs.Enrichment.Plan;

/// <summary>Runs the steps over the first records, calling no one, and counts.</summary>
internal static class Planner
{
    /// <summary>Records that are looked at, at most; the last block may bring a few more.</summary>
    public const int MaxScanned = 100_000;

    private const int SampleSize = 5;

    /// <param name="blocks">The records from the first on; no more of them are asked for than are needed.</param>
    /// <param name="columns">Of the input: where records are objects, the names of all their members.</param>
    /// <param name="records">How many there are in all.</param>
    public static async Task<EnrichmentPlan> MakeAsync(
        IAsyncEnumerable<RecordBlock> blocks,
        EnrichmentSettings settings,
        IReadOnlyList<string> columns,
        int records,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var calls = new PlannedCalls();
        var steps = PlannedSteps.Of(settings.Steps);
        var enricher = new Enricher(steps, calls, time);
        var sample = new List<PlannedRecord>();
        var byCode = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var scanned = 0;
        await foreach (var block in blocks.WithCancellation(cancellationToken))
        {
            var enriched = await enricher.RunAsync(block, cancellationToken);
            foreach (var reject in enriched.Rejects)
                byCode[reject.Code] = byCode.GetValueOrDefault(reject.Code) + 1;
            if (sample.Count < SampleSize)
                TakeSample(sample, block, enriched);
            scanned += block.Count;
            if (scanned >= MaxScanned)
                break;
        }

        return new EnrichmentPlan(
            records,
            (records + settings.BatchSize - 1) / settings.BatchSize,
            columns,
            StepColumns.After(columns, settings.Steps),
            sample,
            new PlannedRejects(byCode.Values.Sum(), byCode),
            CountLookups(settings.Steps, steps, calls),
            scanned
        );
    }

    private static void TakeSample(List<PlannedRecord> sample, RecordBlock block, EnrichedBlock enriched)
    {
        var rejects = enriched.Rejects.ToDictionary(reject => reject.Index);
        var lines = enriched.Lines.Span;
        for (var index = 0; index < enriched.Count && sample.Count < SampleSize; index++)
        {
            var end = lines.IndexOf((byte)'\n');
            var reject = rejects.GetValueOrDefault(index);
            var value = reject is null
                ? RecordObject.Of(enriched.Columns, lines[..end])
                : RecordObject.Of(block.Columns, reject.Record.Span);
            var error = reject is null ? null : new PlannedError(reject.Code, reject.Detail);
            sample.Add(new PlannedRecord(sample.Count + 1, new RawJson(value), error));
            lines = lines[(end + 1)..];
        }
    }

    private static PlannedLookups CountLookups(
        IReadOnlyList<IStep> steps,
        IReadOnlyList<IStep> planned,
        PlannedCalls calls
    )
    {
        var byStep = new List<PlannedLookup>();
        foreach (var (index, step) in steps.Index())
        {
            if (step is LookupStep lookup)
            {
                // One that depends on another was not run.
                var ran = planned.Any(run => ReferenceEquals(run, lookup));
                byStep.Add(new PlannedLookup(index, lookup.Url.Host, ran ? calls.Needed(lookup) : null));
            }
        }

        return new PlannedLookups(byStep.Sum(step => step.Needed ?? 0), byStep);
    }
}
