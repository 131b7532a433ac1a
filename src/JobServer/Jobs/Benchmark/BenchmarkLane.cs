using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>The lane of a benchmark job: one item after the other, and nothing beside it.</summary>
internal sealed class BenchmarkLane(Job job, BenchmarkSettings settings, BenchmarkServices services) : IItemHandler
{
    private readonly BenchmarkRun _run = new(job, settings, services);

    public int Runners => 1;

    public int MaxWaiting => 1;

    public IChunkItems OpenChunk(ReadOnlyMemory<byte> input) => new Items(this, PlannedItem.Parse(input));

    private IItemRun Open(PlannedItem item) =>
        item.Threshold is { } threshold
            ? new ThresholdItem(job, settings.Thresholds[threshold], services)
            : new RoundItem(_run, item.Strategy!, item.Block!.Value);

    private sealed class Items(BenchmarkLane lane, PlannedItem[] planned) : IChunkItems
    {
        public IItemRun Open(int index) => lane.Open(planned[index]);
    }
}
