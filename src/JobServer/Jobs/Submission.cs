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

/// <summary>
/// Accepts jobs: chunks, job, lanes and their Hangfire rows in one commit. Nothing is left behind when it does not
/// come to that.
/// </summary>
internal sealed class Submission(JobStore jobs, ChunkStore chunks, LaneQueue queue)
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
        IJobKind kind,
        IAsyncEnumerable<NewChunk> items,
        Func<AcceptedArgs?> finish,
        Guid? retryOf,
        CancellationToken cancellationToken
    )
    {
        var key = JobKey.Of(Guid.CreateVersion7());
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
        var lanes = kind.LanesFor(args.Args, total);
        var hangfireJobs = Enumerable.Range(0, lanes).Select(lane => queue.Enqueue(kind.Queue, key.Id, lane));
        var job = new NewJob(
            key,
            kind.Name,
            kind.Queue,
            args.Args,
            args.Tags,
            lanes,
            kind.ChunkSize,
            total,
            args.TolerateFailedPercent,
            args.JobTimeout,
            args.Deadline,
            retryOf
        );
        await jobs.InsertAsync(job, [.. hangfireJobs], cancellationToken);
        transaction.Complete();
        return key;
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
