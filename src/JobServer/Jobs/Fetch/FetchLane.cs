using JobServer.Jobs.Calls;

namespace JobServer.Jobs.Fetch;

/// <summary>One lane of a fetch job: every item is a call.</summary>
internal sealed class FetchLane(CallLane calls) : IItemHandler
{
    public int Runners => calls.Runners;

    public int MaxWaiting => calls.MaxWaiting;

    public IChunkItems OpenChunk(ReadOnlyMemory<byte> input) => new FetchChunk(calls, FetchItem.Parse(input));

    private sealed class FetchChunk(CallLane calls, FetchItem[] items) : IChunkItems
    {
        public IItemRun Open(int index) => new FetchCall(calls, items[index]);
    }
}
