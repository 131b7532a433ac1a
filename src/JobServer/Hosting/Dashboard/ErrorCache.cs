using JobServer.Ledger;
using Microsoft.Extensions.Caching.Memory;

namespace JobServer.Hosting.Dashboard;

/// <summary>
/// Error groups of jobs, counted again only when more items have failed: every open page asks every two seconds, and
/// counting is the one part of it that grows with a job.
/// </summary>
internal sealed class ErrorCache(ResultStore results, TimeProvider time) : IDisposable
{
    public const int Shown = 3;

    private const int Large = 10_000;
    private static readonly TimeSpan LargeStaysFor = TimeSpan.FromSeconds(15);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 5_000 });

    public async Task<IReadOnlyDictionary<Guid, TopErrors>> OfAsync(
        IReadOnlyCollection<Job> jobs,
        CancellationToken cancellationToken
    )
    {
        var failing = jobs.Where(job => job.Failed > 0).ToList();
        var answer = new Dictionary<Guid, TopErrors>(failing.Count);
        foreach (var job in failing)
        {
            if (_known.TryGetValue(job.Key.Id, out Counted? counted) && IsGood(counted!, job))
                answer[job.Key.Id] = counted!.Errors;
        }

        var missing = failing.Where(job => !answer.ContainsKey(job.Key.Id)).ToDictionary(job => job.Key.Id);
        if (missing.Count == 0)
            return answer;
        var now = time.GetTimestamp();
        var found = await results.TopErrorsAsync(JobKey.DefaultTenant, missing.Keys, Shown, cancellationToken);
        foreach (var (id, errors) in found)
        {
            answer[id] = errors;
            _known.Set(id, new Counted(errors, missing[id].Failed, now), new MemoryCacheEntryOptions { Size = 1 });
        }

        return answer;
    }

    public void Dispose() => _known.Dispose();

    private bool IsGood(Counted counted, Job job) =>
        counted.Failed == job.Failed
        || (
            counted.Failed >= Large && !job.State.IsFinished() && time.GetElapsedTime(counted.Timestamp) < LargeStaysFor
        );

    private sealed record Counted(TopErrors Errors, int Failed, long Timestamp);
}
