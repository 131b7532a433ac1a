using JobServer.BatchedStorage;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Jobs.Submissions;

/// <summary>
/// Accepts small jobs in commits that they share: each commit takes what came during the last one. One that the database
/// refuses is refused alone.
/// </summary>
internal sealed class SharedAccepts(AcceptStore store, BatchedPostgreSqlStorage storage)
{
    /// <summary>Bytes of items of a job that may share a commit.</summary>
    public const int MaxBytes = 64 << 10;

    private const int MaxJobs = 200;
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isCommitting;

    /// <summary>Ends once the job is committed. How many wait is bounded by the requests that the host serves.</summary>
    public Task<Job> AcceptAsync(Accepted job, JobBatch lanes)
    {
        var waiting = new Waiting(job, lanes);
        lock (_lock)
        {
            _waiting.Enqueue(waiting);
            if (_isCommitting)
                return waiting.Task;
            _isCommitting = true;
        }

        _ = Task.Run(CommitAllAsync);
        return waiting.Task;
    }

    private async Task CommitAllAsync()
    {
        var group = new List<Waiting>();
        while (Take(group))
            await CommitAsync(group);
    }

    private bool Take(List<Waiting> group)
    {
        group.Clear();
        lock (_lock)
        {
            while (group.Count < MaxJobs && _waiting.TryDequeue(out var next))
                group.Add(next);
            _isCommitting = group.Count > 0;
            return _isCommitting;
        }
    }

    private async Task CommitAsync(List<Waiting> group)
    {
        try
        {
            using var limit = new CancellationTokenSource(CommitLimit);
            var lanes = storage.CreateBatch();
            group.ForEach(waiting => lanes.Add(waiting.Lanes));
            var jobs = await store.CommitAsync([.. group.Select(waiting => waiting.Job)], lanes, limit.Token);
            var byKey = jobs.ToDictionary(job => job.Key);
            group.ForEach(waiting => waiting.SetResult(byKey[waiting.Job.Job.Key]));
        }
        catch (PostgresException) when (group.Count > 1)
        {
            var half = group.Count / 2;
            await CommitAsync(group[..half]);
            await CommitAsync(group[half..]);
        }
        catch (Exception exception)
        {
            group.ForEach(waiting => waiting.SetException(exception));
        }
    }

    private sealed class Waiting(Accepted job, JobBatch lanes)
        : TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Accepted Job => job;

        public JobBatch Lanes => lanes;
    }
}
