using System.Collections.Concurrent;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Submissions;

/// <summary>
/// How much of what it may have a tenant has. Counted in the ledger every few seconds at most, and from there on by what
/// this host accepts; before anything is refused it is counted anew.
/// </summary>
internal sealed class Quota(UsageStore store, IOptions<LimitOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Recounted = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RecountedWhenFull = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _counting = new(1, 1);
    private Counts _counts = new(new Dictionary<string, TenantUsage>(), CountedAt: null);

    /// <summary>Why the tenant gets no further job now, or null.</summary>
    public async ValueTask<ProblemHttpResult?> RefuseJobAsync(string tenant, CancellationToken cancellationToken)
    {
        var limit = options.Value.UnfinishedJobs;
        if (await IsFullAsync(tenant, usage => usage.UnfinishedJobs >= limit, cancellationToken))
            return Problems.TooManyJobs(limit);
        _counts.Added.AddOrUpdate(
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
        _counts.Added.AddOrUpdate(
            tenant,
            new TenantUsage(0, bytes),
            (_, added) => added with { StoredBytes = added.StoredBytes + bytes }
        );

    public void Dispose() => _counting.Dispose();

    private async ValueTask<bool> IsFullAsync(
        string tenant,
        Func<TenantUsage, bool> isFull,
        CancellationToken cancellationToken
    ) =>
        isFull((await CountAsync(Recounted, cancellationToken)).Of(tenant))
        && isFull((await CountAsync(RecountedWhenFull, cancellationToken)).Of(tenant));

    private async ValueTask<Counts> CountAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        if (IsYoung(_counts, age))
            return _counts;
        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (!IsYoung(_counts, age))
                _counts = new Counts(await store.CountAsync(cancellationToken), time.GetTimestamp());
            return _counts;
        }
        finally
        {
            _counting.Release();
        }
    }

    private bool IsYoung(Counts counts, TimeSpan age) => counts.CountedAt is { } at && time.GetElapsedTime(at) < age;

    /// <summary>What the ledger said, and what came since.</summary>
    private sealed record Counts(IReadOnlyDictionary<string, TenantUsage> Counted, long? CountedAt)
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
