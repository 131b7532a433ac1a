using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>What a kind makes of a submission once all of its items were read.</summary>
internal sealed record AcceptedArgs(
    byte[] Args,
    IReadOnlyList<string> Tags,
    float TolerateFailedPercent,
    TimeSpan? JobTimeout,
    DateTimeOffset? Deadline
);

/// <summary>What the items of a job are read from.</summary>
/// <param name="Ids">Files or finished jobs.</param>
/// <param name="Items">How many there are; of no meaning beside <paramref name="Records"/>.</param>
/// <param name="Records">Records that came with the submission, to be stored as one of the files.</param>
internal sealed record BatchSource(IReadOnlyCollection<Guid> Ids, int Items, NewRecords? Records);

/// <summary>
/// Accepts jobs: chunks, job, lanes and their Hangfire rows in one commit. Nothing is left behind when it does not
/// come to that.
/// </summary>
internal sealed class Submission(JobStore jobs, ChunkStore chunks, InputStore inputs, LaneQueue queue)
{
    // A list that fits is validated whole before a connection is taken; a longer one is written while it is read.
    private const int BufferedBytes = 4 << 20;
    private static readonly TimeSpan AcceptLimit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Reads the items and accepts the job. Returns null, with nothing written, when <paramref name="finish"/> finds
    /// the submission faulty.
    /// </summary>
    /// <param name="finish">Called after the last item; null refuses the submission.</param>
    public async Task<JobKey?> AcceptAsync(
        IItemKind kind,
        IAsyncEnumerable<NewChunk> items,
        Func<AcceptedArgs?> finish,
        Guid? retryOf,
        CancellationToken cancellationToken
    )
    {
        var key = JobKey.Of(TimeOrderedId.Next());
        var total = 0;
        await using var source = items.GetAsyncEnumerator(cancellationToken);
        var (buffer, more) = await FillAsync(source);
        var args = more ? null : finish();
        if (!more && args is null)
            return null;

        using var transaction = LedgerTransaction.Begin(AcceptLimit);
        while (buffer.Count > 0)
        {
            total += buffer.Sum(chunk => chunk.ItemCount);
            await chunks.InsertAsync(key, buffer, cancellationToken);
            (buffer, more) = more ? await FillAsync(source) : ([], false);
        }

        args ??= finish();
        if (args is null)
            return null;
        await EnqueueAsync(key, kind, args, kind.ChunkSize, total, retryOf, cancellationToken);
        transaction.Complete();
        return key;
    }

    /// <summary>
    /// Accepts a job whose items are read from elsewhere. Returns null, with nothing written, when what they are read
    /// from is gone, or there is nothing.
    /// </summary>
    /// <param name="finish">Called with the number of items, once it is known.</param>
    public async Task<JobKey?> AcceptAsync(
        IBatchKind kind,
        BatchSource source,
        int chunkSize,
        Func<int, AcceptedArgs> finish,
        Guid? retryOf,
        CancellationToken cancellationToken
    )
    {
        var key = JobKey.Of(TimeOrderedId.Next());
        using var transaction = LedgerTransaction.Begin(AcceptLimit);
        var total = source.Records is { } records
            ? await inputs.InsertAsync(key, records, cancellationToken)
            : source.Items;
        if (total == 0 || !await inputs.ReadFromAsync(key, source.Ids, cancellationToken))
            return null;
        await chunks.InsertAsync(key, total, chunkSize, cancellationToken);
        await EnqueueAsync(key, kind, finish(total), chunkSize, total, retryOf, cancellationToken);
        transaction.Complete();
        return key;
    }

    private async Task EnqueueAsync(
        JobKey key,
        IJobKind kind,
        AcceptedArgs args,
        int chunkSize,
        int total,
        Guid? retryOf,
        CancellationToken cancellationToken
    )
    {
        var lanes = kind.LanesFor(args.Args, total);
        var hangfireJobs = Enumerable.Range(0, lanes).Select(lane => queue.Enqueue(kind.Queue, key.Id, lane));
        var job = new NewJob(
            key,
            kind.Name,
            kind.Queue,
            args.Args,
            args.Tags,
            lanes,
            chunkSize,
            Batched: kind is IBatchKind,
            total,
            args.TolerateFailedPercent,
            args.JobTimeout,
            args.Deadline,
            retryOf
        );
        await jobs.InsertAsync(job, [.. hangfireJobs], cancellationToken);
    }

    private static async Task<(List<NewChunk> Chunks, bool More)> FillAsync(IAsyncEnumerator<NewChunk> source)
    {
        var buffer = new List<NewChunk>();
        var bytes = 0;
        while (bytes < BufferedBytes)
        {
            if (!await source.MoveNextAsync())
                return (buffer, false);
            buffer.Add(source.Current);
            bytes += source.Current.Input.Length;
        }

        return (buffer, true);
    }
}
