using System.Collections.Concurrent;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Submissions;

/// <summary>
/// How much of what it may have a tenant has. Counted in the ledger now and then, and from there on by what this host
/// accepts; before anything is refused it is counted anew.
/// </summary>
internal sealed class Quota(UsageStore store, IOptions<LimitOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Recounted = TimeSpan.FromSeconds(5);

    // A backlog of millions takes a second to count: at most a twentieth of the time is spent on it.
    private const int RestFactor = 19;
    private static readonly TimeSpan RecountedWhenFull = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _counting = new(1, 1);
    private volatile Counts? _counts;

    /// <summary>Why the tenant gets no further job now, or null.</summary>
    public async ValueTask<ProblemHttpResult?> RefuseJobAsync(string tenant, CancellationToken cancellationToken)
    {
        var limit = options.Value.UnfinishedJobs;
        if (await IsFullAsync(tenant, usage => usage.UnfinishedJobs >= limit, cancellationToken))
            return Problems.TooManyJobs(limit);
        _counts?.Added.AddOrUpdate(
            tenant,
            new TenantUsage(1, 0),
            (_, added) => added with { UnfinishedJobs = added.UnfinishedJobs + 1 }
        );
        return null;
    }

    /// <summary>Why the tenant gets nothing further stored now, or null.</summary>
    public async ValueTask<ProblemHttpResult?> RefuseBytesAsync(string tenant, CancellationToken cancellationToken)
    {
        var limit = options.Value.StoredBytes;
        return await IsFullAsync(tenant, usage => usage.StoredBytes >= limit, cancellationToken)
            ? Problems.TooMuchStored(limit)
            : null;
    }

    /// <summary>Notes what was stored.</summary>
    public void Stored(string tenant, long bytes) =>
        _counts?.Added.AddOrUpdate(
            tenant,
            new TenantUsage(0, bytes),
            (_, added) => added with { StoredBytes = added.StoredBytes + bytes }
        );

    public void Dispose() => _counting.Dispose();

    private async ValueTask<bool> IsFullAsync(
        string tenant,
        Func<TenantUsage, bool> isFull,
        CancellationToken cancellationToken
    )
    {
        var counts = _counts;
        if (counts is null)
            counts = await CountAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        // Nobody waits for it: until it is there, what is known is good enough.
        else if (time.GetElapsedTime(counts.At) > counts.GoodFor && _counting.CurrentCount > 0)
            _ = CountAsync(counts.GoodFor, CancellationToken.None);
        return isFull(counts.Of(tenant)) && isFull((await CountAsync(RecountedWhenFull, cancellationToken)).Of(tenant));
    }

    /// <summary>Counts, unless that was done so short a time ago.</summary>
    private async Task<Counts> CountAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (_counts is { } known && (age == Timeout.InfiniteTimeSpan || time.GetElapsedTime(known.At) < age))
                return known;
            // Not in the transaction of who asks.
            using var suppressed = LedgerTransaction.Suppress();
            var begun = time.GetTimestamp();
            var counted = await store.CountAsync(cancellationToken);
            var cost = time.GetElapsedTime(begun) * RestFactor;
            return _counts = new Counts(counted, begun, cost > Recounted ? cost : Recounted);
        }
        finally
        {
            _counting.Release();
        }
    }

    /// <summary>What the ledger said, and what came since.</summary>
    private sealed record Counts(IReadOnlyDictionary<string, TenantUsage> Counted, long At, TimeSpan GoodFor)
    {
        public ConcurrentDictionary<string, TenantUsage> Added { get; } = new();

        public TenantUsage Of(string tenant)
        {
            var counted = Counted.GetValueOrDefault(tenant);
            var added = Added.GetValueOrDefault(tenant);
            return new TenantUsage(
                counted.UnfinishedJobs + added.UnfinishedJobs,
                counted.StoredBytes + added.StoredBytes
            );
        }
    }
}
