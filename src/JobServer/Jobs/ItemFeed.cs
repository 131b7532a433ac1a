using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>A claimed chunk whose items can be run.</summary>
/// <param name="Recorded">Sequence numbers that need not run again.</param>
internal sealed record OpenChunk(ClaimedChunk Claimed, IChunkItems Items, IReadOnlySet<int> Recorded);

/// <summary>One item of a claimed chunk, ready to be run.</summary>
internal readonly record struct FedItem(OpenChunk Chunk, int Index)
{
    public int Seq => Chunk.Claimed.FirstSeq + Index;
}

/// <summary>
/// Hands out items of claimed chunks one by one. The next chunk is claimed once a quarter of the last one is
/// handed out: early enough that nobody waits for the database, late enough that nothing is hoarded.
/// </summary>
/// <param name="isOver">True once nothing more should be handed out; what is left of a chunk stays the lane's.</param>
/// <param name="claim">Claims the next chunk; null when there is none.</param>
/// <param name="open">Called once for each chunk, before its first item; null when the chunk was given up.</param>
internal sealed class ItemFeed(
    Func<bool> isOver,
    Func<CancellationToken, Task<ClaimedChunk?>> claim,
    Func<ClaimedChunk, CancellationToken, ValueTask<OpenChunk?>> open
)
{
    private readonly SemaphoreSlim _claiming = new(1, 1);
    private readonly Lock _gate = new();
    private Task<ClaimedChunk?>? _next;
    private OpenChunk? _chunk;
    private int _index;
    private bool _ended;

    /// <summary>The next item, or null when there are no more.</summary>
    public ValueTask<FedItem?> NextAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (TryTake(cancellationToken, out var item))
                return ValueTask.FromResult<FedItem?>(item);
        }

        return ClaimAndTakeAsync(cancellationToken);
    }

    private bool TryTake(CancellationToken cancellationToken, out FedItem item)
    {
        item = default;
        if (_ended |= isOver())
            return false;
        for (; _chunk is { } chunk && _index < chunk.Claimed.ItemCount; _index++)
        {
            if (chunk.Recorded.Contains(chunk.Claimed.FirstSeq + _index))
                continue;
            if (_index >= chunk.Claimed.ItemCount / 4)
                _next ??= claim(cancellationToken);
            item = new FedItem(chunk, _index++);
            return true;
        }

        return false;
    }

    private async ValueTask<FedItem?> ClaimAndTakeAsync(CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                Task<ClaimedChunk?> next;
                lock (_gate)
                {
                    // Another caller may have brought a chunk while this one waited for its turn.
                    if (TryTake(cancellationToken, out var item))
                        return item;
                    if (_ended)
                        return null;
                    next = _next ??= claim(cancellationToken);
                }

                var claimed = await next;
                var chunk = claimed is null ? null : await open(claimed, cancellationToken);
                lock (_gate)
                {
                    _next = null;
                    _ended = claimed is null;
                    _chunk = chunk;
                    _index = 0;
                }
            }
        }
        finally
        {
            _claiming.Release();
        }
    }
}
