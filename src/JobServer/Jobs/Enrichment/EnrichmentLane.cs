using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>One lane of an enrichment job: reads records block by block, runs them through the steps.</summary>
internal sealed class EnrichmentLane(RecordSource source, Enricher enricher, TimeProvider time) : IBatchHandler
{
    private IReadOnlyList<string>? _columns;
    private byte[] _header = [];

    public async IAsyncEnumerable<OutputRun> RunAsync(
        IReadOnlyList<ClaimedChunk> chunks,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var next = 0; next < chunks.Count; )
        {
            // Chunks in a row are read as one.
            var first = next;
            var from = chunks[first].FirstSeq + chunks[first].Recorded;
            int to;
            do
            {
                to = chunks[next].FirstSeq + chunks[next].ItemCount;
                next++;
            } while (next < chunks.Count && chunks[next].FirstSeq == to && chunks[next].Recorded == 0);

            await foreach (var (firstSeq, block) in source.ReadAsync(from, to, cancellationToken))
            {
                while (firstSeq >= chunks[first].FirstSeq + chunks[first].ItemCount)
                    first++;
                yield return await RunAsync(chunks[first], firstSeq, block, cancellationToken);
            }
        }
    }

    public void Taken(OutputRun run)
    {
        if (MemoryMarshal.TryGetArray(run.Content, out var content))
            ArrayPool<byte>.Shared.Return(content.Array!);
    }

    private async ValueTask<OutputRun> RunAsync(
        ClaimedChunk chunk,
        int firstSeq,
        RecordBlock block,
        CancellationToken cancellationToken
    )
    {
        var begun = time.GetTimestamp();
        var enriched = await enricher.RunAsync(block, cancellationToken);
        var duration = time.GetElapsedTime(begun).TotalMilliseconds / block.Count;
        var rejects = enriched.Rejects.Select(reject => new ItemOutcome(
            chunk.ChunkNo,
            chunk.Epoch,
            firstSeq + reject.Index,
            RecordText.IsNull(reject.Record.Span)
                ? default(ReadOnlyMemory<byte>?)
                : RecordObject.Of(block.Columns, reject.Record.Span),
            reject.Code,
            reject.Detail,
            reject.Host,
            Attempts: 1,
            duration
        ));
        return new OutputRun(
            chunk.ChunkNo,
            chunk.Epoch,
            firstSeq,
            block.Count,
            Content(enriched),
            [.. rejects],
            duration
        );
    }

    /// <summary>The header and the lines, in memory of their own: the enricher's own is used again.</summary>
    private ReadOnlyMemory<byte> Content(EnrichedBlock enriched)
    {
        if (_header.Length == 0 || !ReferenceEquals(_columns, enriched.Columns))
        {
            _columns = enriched.Columns;
            _header = [.. JsonSerializer.SerializeToUtf8Bytes(_columns), (byte)'\n'];
        }

        var length = _header.Length + enriched.Lines.Length;
        var content = ArrayPool<byte>.Shared.Rent(length);
        _header.CopyTo(content, 0);
        enriched.Lines.Span.CopyTo(content.AsSpan(_header.Length));
        return content.AsMemory(0, length);
    }
}
