using JobServer.Hosting;
using JobServer.Ledger;
using ProblemHttpResult = Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult;

namespace JobServer.Jobs.Submissions;

/// <summary>What a kind makes of a submission once all of its items were read.</summary>
internal sealed record AcceptedArgs(
    byte[] Args,
    SubmissionEnvelope Envelope,
    float TolerateFailedPercent,
    TimeSpan? JobTimeout
);

/// <summary>What the items of a job are read from.</summary>
/// <param name="Ids">Files or finished jobs.</param>
/// <param name="Items">How many there are; of no meaning beside <paramref name="Records"/>.</param>
/// <param name="Records">Records that came with the submission, to be stored as one of the files.</param>
internal sealed record BatchSource(IReadOnlyCollection<Guid> Ids, int Items, NewRecords? Records);

/// <summary>
/// Accepts jobs: chunks, job, lanes, idempotency key and the Hangfire rows in one commit. Nothing is left behind when it
/// does not come to that.
/// </summary>
internal sealed class Submission(
    JobStore jobs,
    AcceptStore accepts,
    SharedAccepts shared,
    ChunkStore chunks,
    InputStore inputs,
    IdempotencyStore keys,
    LaneQueue queue,
    Quota quota,
    Starter starter,
    Signals signals,
    ILogger<Submission> logger
)
{
    // A list that fits is validated whole before a connection is taken; a longer one is written while it is read.
    private const int BufferedBytes = 4 << 20;
    private static readonly TimeSpan AcceptLimit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Reads the items and accepts the job. Returns null, with nothing written, when <paramref name="finish"/> finds
    /// the submission faulty.
    /// </summary>
    /// <param name="finish">Called after the last item; null refuses the submission.</param>
    public async Task<Acceptance?> AcceptAsync(
        IItemKind kind,
        IAsyncEnumerable<NewChunk> items,
        Func<AcceptedArgs?> finish,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var key = new JobKey(origin.Tenant, TimeOrderedId.Next());
        if (await quota.RefuseJobAsync(origin.Tenant, cancellationToken) is { } full)
            return Acceptance.Refused(full);
        await using var source = items.GetAsyncEnumerator(cancellationToken);
        var (buffer, more) = await FillAsync(source);
        var args = more ? null : finish();
        if (!more && args is null)
            return null;
        var total = buffer.Sum(chunk => chunk.ItemCount);
        if (args is not null && CanShare(buffer, args, origin))
            return await ShareAsync(Prepare(key, kind, args, kind.ChunkSize, total, origin), buffer, cancellationToken);

        using var transaction = LedgerTransaction.Join(AcceptLimit);
        var claim = await ClaimAsync(key, origin, cancellationToken);
        if (claim is { Obtained: false, Known: null })
            return Acceptance.Refused(Problems.IdempotencyKeyInUse(origin.Request!.Key));
        while (buffer.Count > 0)
        {
            // Of a request that was answered before only the fingerprint is wanted.
            if (claim.Known is null)
                await chunks.InsertAsync(key, buffer, cancellationToken);
            (buffer, more) = more ? await FillAsync(source) : ([], false);
            total += buffer.Sum(chunk => chunk.ItemCount);
        }

        if (claim.Known is { } known)
            return Repeated(key, origin.Request!, known);
        args ??= finish();
        if (args is null)
            return null;
        var acceptance = await EnqueueAsync(key, kind, args, kind.ChunkSize, total, origin, cancellationToken);
        if (acceptance.Job == key)
            transaction.Complete();
        return acceptance;
    }

    /// <summary>
    /// Accepts a job whose items are read from elsewhere. Returns null, with nothing written, when what they are read
    /// from is gone, or there is nothing.
    /// </summary>
    /// <param name="finish">Called with the number of items, once it is known.</param>
    public async Task<Acceptance?> AcceptAsync(
        IBatchKind kind,
        BatchSource source,
        int chunkSize,
        Func<int, AcceptedArgs> finish,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var key = new JobKey(origin.Tenant, TimeOrderedId.Next());
        if (await FullAsync(source, origin, cancellationToken) is { } full)
            return Acceptance.Refused(full);
        using var transaction = LedgerTransaction.Join(AcceptLimit);
        var claim = await ClaimAsync(key, origin, cancellationToken);
        if (claim.Known is { } known)
            return Repeated(key, origin.Request!, known);
        if (!claim.Obtained)
            return Acceptance.Refused(Problems.IdempotencyKeyInUse(origin.Request!.Key));
        var total = source.Records is { } records
            ? await inputs.InsertAsync(key, records, cancellationToken)
            : source.Items;
        if (total == 0 || !await inputs.ReadFromAsync(key, source.Ids, cancellationToken))
            return null;
        await chunks.InsertAsync(key, total, chunkSize, cancellationToken);
        var acceptance = await EnqueueAsync(key, kind, finish(total), chunkSize, total, origin, cancellationToken);
        if (acceptance.Job == key)
            transaction.Complete();
        return acceptance;
    }

    private async ValueTask<ProblemHttpResult?> FullAsync(
        BatchSource source,
        Origin origin,
        CancellationToken cancellationToken
    ) =>
        source.Records is null
            ? await quota.RefuseJobAsync(origin.Tenant, cancellationToken)
            : await quota.RefuseBytesAsync(origin.Tenant, cancellationToken)
                ?? await quota.RefuseJobAsync(origin.Tenant, cancellationToken);

    private async Task<KeyClaim> ClaimAsync(JobKey key, Origin origin, CancellationToken cancellationToken) =>
        origin.Request is { } request
            ? await keys.ClaimAsync(key.Tenant, request.Key, cancellationToken)
            : new KeyClaim(Known: null, Obtained: true);

    private static Acceptance Repeated(JobKey key, RepeatableRequest request, KnownRequest known)
    {
        var (job, refusal) = request.Compare(known);
        return job is { } id ? Acceptance.Of(key with { Id = id }) : Acceptance.Refused(refusal!);
    }

    /// <summary>
    /// A small job of its own, whose commit others may share: one that can neither turn out to be known nor be refused.
    /// </summary>
    private static bool CanShare(List<NewChunk> chunks, AcceptedArgs args, Origin origin) =>
        !LedgerTransaction.IsAmbient
        && origin.Request is null
        && args.Envelope.UniqueKey is null
        && chunks.Sum(chunk => chunk.Input.Length) <= SharedAccepts.MaxBytes;

    private async Task<Acceptance> ShareAsync(
        Prepared prepared,
        IReadOnlyList<NewChunk> chunks,
        CancellationToken cancellationToken
    )
    {
        var job = await shared.AcceptAsync(prepared.Accept(chunks), prepared.Lanes.Batch).WaitAsync(cancellationToken);
        Announce(job);
        return Acceptance.Of(job);
    }

    private async Task<Acceptance> EnqueueAsync(
        JobKey key,
        IJobKind kind,
        AcceptedArgs args,
        int chunkSize,
        int total,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var envelope = args.Envelope;
        if (envelope.UniqueKey is { } taken && await FindOtherAsync(key, taken, cancellationToken) is { } other)
            return Taken(envelope, other);
        var prepared = Prepare(key, kind, args, chunkSize, total, origin);
        if (await accepts.InsertAsync(prepared.Accept(chunks: []), cancellationToken) is not { } job)
            return Taken(envelope, await FindOtherAsync(key, envelope.UniqueKey!, cancellationToken));
        await queue.WriteAsync(prepared.Lanes, cancellationToken);
        if (origin.Request is { } request)
            await keys.InsertAsync(key.Tenant, request.Key, request.Made(key.Id), cancellationToken);
        LedgerTransaction.OnCommitted(() => Announce(job));
        return Acceptance.Of(job);
    }

    private Prepared Prepare(JobKey key, IJobKind kind, AcceptedArgs args, int chunkSize, int total, Origin origin)
    {
        var envelope = args.Envelope;
        var startAt =
            envelope.StartAt > origin.NotBefore || origin.NotBefore is null ? envelope.StartAt : origin.NotBefore;
        // Whether its time has come is told by the database, whose clock all hosts share.
        var waits = startAt is not null || origin.Run is { InLine: true };
        var lanes = kind.LanesFor(args.Args, total);
        var job = new NewJob(
            key,
            kind.Name,
            kind.Queue,
            args.Args,
            envelope.Tags,
            lanes,
            chunkSize,
            Batched: kind is IBatchKind,
            total,
            args.TolerateFailedPercent,
            args.JobTimeout,
            envelope.Deadline,
            origin.RetryOf,
            origin.Actor,
            startAt,
            envelope.UniqueKey,
            origin.Run,
            envelope.Priority
        );
        return new Prepared(
            job,
            queue.Prepare(envelope.Priority.QueueOf(kind.Queue), key.Id, Enumerable.Range(0, waits ? 0 : lanes))
        );
    }

    private void Announce(Job job)
    {
        logger.JobAccepted(job.Key.Id, job.Kind, job.Total, job.Lanes);
        signals.JobChanged(job.Key.Id);
        if (job.State == JobState.Scheduled)
            starter.Poke();
    }

    private Task<JobKey?> FindOtherAsync(JobKey key, string uniqueKey, CancellationToken cancellationToken) =>
        jobs.FindUniqueAsync(key.Tenant, uniqueKey, cancellationToken);

    /// <param name="other">Null when it ended this very moment.</param>
    private static Acceptance Taken(SubmissionEnvelope envelope, JobKey? other) =>
        envelope.ReturnsOther && other is { } found
            ? Acceptance.Of(found)
            : Acceptance.Refused(Problems.UniqueKeyTaken(envelope.UniqueKey!, other?.Id));

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

    /// <summary>A job that is to be accepted, and the Hangfire jobs of its lanes.</summary>
    private sealed record Prepared(NewJob Job, NewLanes Lanes)
    {
        public Accepted Accept(IReadOnlyList<NewChunk> chunks) => new(Job, Lanes.Ids, chunks);
    }
}
