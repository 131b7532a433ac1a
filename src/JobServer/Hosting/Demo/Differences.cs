using System.Collections;
using JobServer.Jobs;

namespace JobServer.Hosting.Demo;

/// <summary>Whatever was not as expected, in the order it was seen.</summary>
internal sealed class Differences : IReadOnlyCollection<string>
{
    private readonly List<string> _all = [];

    public int Count => _all.Count;

    public void Add(string difference) => _all.Add(difference);

    public void Compare<T>(string what, T expected, T seen)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, seen))
            Add($"{what}: expected {expected}, saw {seen}.");
    }

    /// <summary>Whether a job of which some items must fail has ended as it must.</summary>
    public void CompareJob(JobView job, int total, int failures)
    {
        Compare("The job's state", "partially_succeeded", job.State);
        Compare("Items in all", total, job.Progress.Total);
        Compare("Items succeeded", total - failures, job.Progress.Succeeded);
        Compare("Items failed", failures, job.Progress.Failed);
    }

    public IEnumerator<string> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
