using System.Buffers;
using System.Text.Json;
using JobServer.Jobs.Results;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Repeats items that stand in the inputs of their chunks.</summary>
internal sealed class ItemRetry(ResultReader reader, ResultStore results, JobKinds kinds, Submission submission)
    : IJobRetry
{
    public Task<Acceptance?> AcceptAsync(
        Job job,
        RetrySelection selection,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var found = false;
        return submission.AcceptAsync(
            (IItemKind)kinds.Get(job.Kind),
            ChunksAsync(job, selection, () => found = true, cancellationToken),
            () =>
                found
                    ? new AcceptedArgs(
                        job.Args,
                        new SubmissionEnvelope(job.Tags, Priority: job.Priority),
                        job.TolerateFailedPercent,
                        job.JobTimeout
                    )
                    : null,
            origin,
            cancellationToken
        );
    }

    private async IAsyncEnumerable<NewChunk> ChunksAsync(
        Job job,
        RetrySelection selection,
        Action onItem,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var chunk = new ChunkBuilder(job.ChunkSize);
        await foreach (var page in reader.ReadAsync(job, selection.OnlyState, cancellationToken))
        {
            var seqs = page.Where(line => selection.Selects(line)).Select(line => line.Seq).ToList();
            if (seqs.Count == 0)
                continue;
            onItem();
            var chunkNos = seqs.Select(seq => seq / job.ChunkSize).Distinct().ToList();
            foreach (
                var (chunkNo, input) in (await results.ReadInputsAsync(job.Key, chunkNos, cancellationToken)).OrderBy(
                    c => c.Key
                )
            )
            {
                using var items = JsonDocument.Parse(input);
                foreach (var seq in seqs.Where(seq => seq / job.ChunkSize == chunkNo))
                {
                    if (chunk.Add(items.RootElement[seq % job.ChunkSize]) is { } full)
                        yield return full;
                }
            }
        }

        if (chunk.Finish() is { } last)
            yield return last;
    }

    /// <summary>Gathers items into chunks of one size, numbered from 0.</summary>
    private sealed class ChunkBuilder(int chunkSize)
    {
        private readonly ArrayBufferWriter<byte> _input = new();
        private int _chunkNo;
        private int _count;

        public NewChunk? Add(JsonElement item)
        {
            _input.Write(_count == 0 ? "["u8 : ","u8);
            using (var writer = new Utf8JsonWriter(_input))
                item.WriteTo(writer);
            return ++_count == chunkSize ? Finish() : null;
        }

        public NewChunk? Finish()
        {
            if (_count == 0)
                return null;
            _input.Write("]"u8);
            var chunk = new NewChunk(_chunkNo, _chunkNo * chunkSize, _count, _input.WrittenSpan.ToArray());
            _chunkNo++;
            _count = 0;
            _input.ResetWrittenCount();
            return chunk;
        }
    }
}
