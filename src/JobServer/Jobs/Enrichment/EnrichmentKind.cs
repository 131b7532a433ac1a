using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Lookups;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>Jobs whose items are records.</summary>
internal sealed class EnrichmentKind(RecordStores stores, CallServices calls, LookupServices lookups) : IBatchKind
{
    public const string KindName = "enrichment";

    // Enough to use several workers, and nodes; a lane without lookups keeps one core busy.
    private const int Lanes = 4;

    public string Name => KindName;

    public string Queue => "enrichment";

    public IBatchHandler OpenLane(Job job, int lane, int epoch)
    {
        var settings = EnrichmentSettings.OfArgs(job.Args);
        var claimant = LookupClaimant.Of(new LaneKey(job.Key, lane), epoch);
        var share = new CallLane(settings.Calls, lane, job.Lanes, calls);
        return new EnrichmentLane(
            new RecordSource(job.Key.Tenant, settings.Shape!, job.ChunkSize, stores, lookups.Patience),
            new Enricher(settings.Steps, new LaneLookups(job, claimant, share, lookups), calls.Time),
            calls.Time
        );
    }

    public Func<int, string?> KeysOf(Job job) => EnrichmentSettings.OfArgs(job.Args).Shape!.KeyOf;

    public (IReadOnlyList<string> Values, IReadOnlyList<string> Inputs) ColumnsOf(Job job)
    {
        var settings = EnrichmentSettings.OfArgs(job.Args);
        return (StepColumns.After(settings.Shape!.Columns, settings.Steps), settings.Shape.ColumnsOfRejects);
    }

    public int LanesFor(byte[] args, int items)
    {
        var settings = EnrichmentSettings.OfArgs(args);
        var chunks = (items + settings.BatchSize - 1) / settings.BatchSize;
        // Limits are divided among the lanes: each must get at least one of either.
        var shares = Math.Min(settings.Calls.Concurrency, settings.Calls.PerHostConcurrency);
        return Math.Min(Math.Min(Lanes, shares), chunks);
    }

    public byte[] ShowArgs(byte[] args) => EnrichmentSettings.ShowArgs(args);
}
