using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Locking;

/// <summary>
/// Delayed jobs while their scheduler holds its lock: read together, compared one by one as it goes, written together when
/// it lets the lock go. A job that somebody changed meanwhile is left as it is.
/// </summary>
internal sealed class DueJobs(StorageParts parts, IDisposable acquired, Action ended) : IDisposable
{
    /// <summary>Hangfire's name for the scheduler's lock.</summary>
    public const string Resource = "locks:schedulepoller";

    private readonly Dictionary<long, JobSnapshot> _jobs = [];
    private readonly List<Unit> _units = [];

    public JobSnapshot? Find(long jobId) => _jobs.GetValueOrDefault(jobId);

    public List<string> Read(string key, double from, double to, int limit)
    {
        Flush();
        using var connection = parts.Database.OpenConnection();
        var due = parts.Reader.Due(connection, key, from, to, limit);
        foreach (var (_, job) in due)
        {
            if (job is not null)
                _jobs[job.Id] = job;
        }

        return due.ConvertAll(entry => entry.Value);
    }

    public void Add(Unit unit)
    {
        foreach (var change in unit.Changes)
            Find(change.JobId)?.Follow(unit);
        _units.Add(unit);
    }

    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            ended();
            acquired.Dispose();
        }
    }

    private void Flush()
    {
        var units = _units.ToArray();
        _units.Clear();
        _jobs.Clear();
        foreach (var unit in units)
            parts.Committer.Submit(unit);
        foreach (var unit in units)
        {
            try
            {
                unit.Wait();
            }
            catch (ConcurrentChangeException)
            {
                // Its new state is somebody else's decision.
            }
        }
    }
}
