using Hangfire.Dashboard;
using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.Extensions.Caching.Memory;
using HangfireJob = Hangfire.Common.Job;

namespace JobServer.Hosting.Dashboard;

/// <summary>Names Hangfire's jobs by what they are of ours: <c>fetch 0198a205-1c2f… lane 2/4</c>.</summary>
internal sealed class LaneNames(JobStore jobs) : IDisposable
{
    // A lane's job has the same kind and lanes for ever, so that nothing in here grows old.
    private readonly MemoryCache _shapes = new(new MemoryCacheOptions { SizeLimit = 20_000 });
    private static readonly TimeSpan LookUpLimit = TimeSpan.FromSeconds(5);

    /// <summary>Blocks on the ledger the first time a job is seen: Hangfire asks while it renders.</summary>
    public string NameOf(DashboardContext context, HangfireJob job)
    {
        if (job.Type != typeof(LaneRunner) || job.Args is not [Guid id, int lane, ..])
            return job.ToString();
        return ShapeOf(id) is { } shape
            ? $"{shape.Kind} {Wording.ShortId(id)} lane {lane + 1}/{shape.Lanes}"
            : $"erased job {Wording.ShortId(id)} lane {lane + 1}";
    }

    public void Dispose() => _shapes.Dispose();

    private Shape? ShapeOf(Guid id)
    {
        if (_shapes.TryGetValue(id, out Shape? known))
            return known;
        if (jobs.FindShape(id, LookUpLimit) is not { } found)
            return null;
        return _shapes.Set(id, new Shape(found.Kind, found.Lanes), new MemoryCacheEntryOptions { Size = 1 });
    }

    private sealed record Shape(string Kind, int Lanes);
}
