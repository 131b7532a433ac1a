using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Jobs.Enrichment;

/// <summary>
/// Runs records through steps, a block at a time: all are parsed, each step runs over all of them, all are written.
/// It keeps its buffers from block to block, and serves one caller at a time.
/// </summary>
/// <param name="maxBytes">Of one block's output. Records beyond are rejects.</param>
internal sealed class Enricher(
    IReadOnlyList<IStep> steps,
    ILookups lookups,
    TimeProvider time,
    int maxBytes = Enricher.MaxBytes
)
{
    /// <summary>256 MiB.</summary>
    public const int MaxBytes = 256 << 20;

    private readonly StepContext _context = new(lookups, new Clock(time));
    private readonly ArrayTable _arrays = new(maxBytes);
    private readonly ObjectTable _objects = new(steps.Sum(step => step.Adds), maxBytes);

    /// <exception cref="System.Diagnostics.UnreachableException">The block is not in its canonical form.</exception>
    public async ValueTask<EnrichedBlock> RunAsync(RecordBlock block, CancellationToken cancellationToken)
    {
        RecordTable table = block.Columns is null ? _objects : _arrays;
        table.Load(block);
        foreach (var step in steps)
            await step.RunAsync(table, _context, cancellationToken);
        return table.Finish();
    }
}
