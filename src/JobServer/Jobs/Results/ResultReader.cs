using System.Runtime.CompilerServices;
using System.Text.Json;
using JobServer.Ledger;

namespace JobServer.Jobs.Results;

/// <summary>
/// Reads the items of a job in order, page by page: exactly one line per item, of a running job the completed prefix.
/// </summary>
internal sealed class ResultReader(ResultStore results, OutputStore outputs, JobKinds kinds)
{
    private const int PageRows = 500;
    private const long PageBytes = 4 << 20;

    /// <summary>Lines with this state only, or all when it is null. Each element is one page.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ResultLine>> ReadAsync(
        Job job,
        string? state,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var end = await results.CompletedPrefixAsync(job, cancellationToken);
        await foreach (var page in ReadAsync(job, state, 0, end, cancellationToken))
            yield return page;
    }

    /// <summary>Lines from an item up to, not including, another one; those between must be recorded or never run.</summary>
    public IAsyncEnumerable<IReadOnlyList<ResultLine>> ReadAsync(
        Job job,
        string? state,
        int from,
        int to,
        CancellationToken cancellationToken
    ) =>
        kinds.Get(job.Kind) switch
        {
            IBatchKind kind => new OutputReader(results, outputs, kind, job).ReadAsync(
                state,
                from,
                to,
                cancellationToken
            ),
            var kind => ReadAsync(job, (IItemKind)kind, state, from, to, cancellationToken),
        };

    private async IAsyncEnumerable<IReadOnlyList<ResultLine>> ReadAsync(
        Job job,
        IItemKind kind,
        string? state,
        int from,
        int end,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var failedOnly = state == ResultLine.Failed;
        while (from < end)
        {
            // Failed items may lie far apart, so their pages end by rows alone; others take every item in turn.
            var to = failedOnly ? end : Math.Min(end, from + PageRows);
            var items = await results.ReadAsync(job.Key, from, to, failedOnly, PageRows, PageBytes, cancellationToken);
            var isCut = items.Count == PageRows || items.Sum(item => (long)(item.Value?.Length ?? 0)) > PageBytes;
            var next = isCut ? items[^1].Seq + 1 : to;
            var seqs = failedOnly ? items.Select(item => item.Seq) : Enumerable.Range(from, next - from);
            var keys = await KeysAsync(job, kind, seqs, cancellationToken);
            yield return [.. Lines(items, seqs, keys).Where(line => state is null || line.State == state)];
            from = next;
        }
    }

    private static IEnumerable<ResultLine> Lines(
        List<RecordedItem> items,
        IEnumerable<int> seqs,
        Dictionary<int, string?> keys
    )
    {
        var bySeq = items.ToDictionary(item => item.Seq);
        foreach (var seq in seqs)
        {
            var key = keys.GetValueOrDefault(seq);
            yield return bySeq.TryGetValue(seq, out var item)
                ? ResultLine.Of(item, key)
                : ResultLine.OfNotRun(seq, key);
        }
    }

    private async Task<Dictionary<int, string?>> KeysAsync(
        Job job,
        IItemKind kind,
        IEnumerable<int> seqs,
        CancellationToken cancellationToken
    )
    {
        var byChunk = seqs.ToLookup(seq => seq / job.ChunkSize);
        var inputs = await results.ReadInputsAsync(job.Key, [.. byChunk.Select(chunk => chunk.Key)], cancellationToken);
        var keys = new Dictionary<int, string?>();
        foreach (var (chunkNo, input) in inputs)
        {
            using var items = JsonDocument.Parse(input);
            foreach (var seq in byChunk[chunkNo])
                keys[seq] = kind.KeyOf(items.RootElement[seq % job.ChunkSize]);
        }

        return keys;
    }
}
