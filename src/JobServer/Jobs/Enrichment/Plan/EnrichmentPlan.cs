namespace JobServer.Jobs.Enrichment.Plan;

/// <summary>What an enrichment would do, found without calling anyone.</summary>
/// <param name="Batches">Of the size asked for.</param>
/// <param name="Columns">Of the output, in order.</param>
/// <param name="Sample">The first five records.</param>
/// <param name="Scanned">Records that were looked at, 100,000 at most: rejects and lookups are counted among these.</param>
internal sealed record EnrichmentPlan(
    int Records,
    int Batches,
    IReadOnlyList<string> InputColumns,
    IReadOnlyList<string> Columns,
    IReadOnlyList<PlannedRecord> Sample,
    PlannedRejects Rejects,
    PlannedLookups Lookups,
    int Scanned
);

/// <summary>One record as it would come out; what is looked up is null.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Value">The enriched record; of a reject the original one.</param>
internal sealed record PlannedRecord(int Number, RawJson Value, PlannedError? Error);

/// <summary>Why a record would be a reject.</summary>
internal sealed record PlannedError(string Code, string Detail);

/// <summary>Rejects that are certain, whatever lookups bring.</summary>
internal sealed record PlannedRejects(int Expected, IReadOnlyDictionary<string, int> ByCode);

/// <summary>Calls that lookups need at most.</summary>
/// <param name="Needed">All steps together, those that cannot be told left out.</param>
internal sealed record PlannedLookups(int Needed, IReadOnlyList<PlannedLookup> ByStep);

/// <summary>One step that looks something up.</summary>
/// <param name="Step">Its place in the steps, from 0.</param>
/// <param name="Needed">Distinct URLs; null when these depend on what another lookup brings.</param>
internal sealed record PlannedLookup(int Step, string Host, int? Needed);
