using Hangfire.Storage;
using JobServer.BatchedStorage.Locking;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// The job that a worker has fetched over its connection, and what it has read of it: its changes are compared with that, and
/// committed with those of other workers.
/// </summary>
internal sealed class OwnJob(StorageParts parts)
{
    // Without a snapshot it must be read anew.
    private FetchedJob? _fetched;
    private JobSnapshot? _snapshot;

    // How often the worker has its own job's lock, under which it decides by the snapshot.
    private int _deciding;

    // What is set while the state of the job is changed, to be written with the change.
    private List<ParameterRow>? _kept;

    public Task LastCommit { get; private set; } = Task.CompletedTask;

    public FetchedJob Adopt(Claim claim)
    {
        (_fetched, _snapshot) = (claim.Job, claim.Snapshot);
        return claim.Job;
    }

    public bool Is(long jobId) => _fetched?.Id == jobId;

    public JobSnapshot? SnapshotOf(long jobId) => Is(jobId) ? _snapshot : null;

    /// <summary>Until this is disposed of, what is read of it is the snapshot.</summary>
    public IDisposable Decide()
    {
        _deciding++;
        return new Release(() => _deciding--);
    }

    public bool IsDecided(long jobId) => Is(jobId) && _deciding > 0;

    /// <summary>Null where the job is no longer this worker's: nothing it does to the job is right then.</summary>
    public JobData? Read(Func<Func<NpgsqlConnection, JobSnapshot?>, JobSnapshot?> read)
    {
        var fetched = _fetched!;
        if (!fetched.IsLost)
            _snapshot ??= read(connection => parts.Reader.Find(connection, fetched.Hold));
        if (_snapshot is null)
            fetched.Lose();
        return fetched.IsLost ? null : _snapshot?.ToJobData();
    }

    /// <summary>
    /// Until this is disposed of, parameters of the job wait for the change of its state, and are forgotten where there is
    /// none: a job that is to be retried costs one commit, and no thread that waits for another.
    /// </summary>
    public IDisposable KeepParameters()
    {
        _kept = [];
        return new Release(() => _kept = null);
    }

    /// <summary>False where it is to be written at once.</summary>
    public bool TryKeep(ParameterRow parameter)
    {
        if (_kept is null || !Is(parameter.JobId))
            return false;
        _kept.RemoveAll(kept => kept.Name == parameter.Name);
        _kept.Add(parameter);
        return true;
    }

    /// <summary>What waits to be written; null where nothing does.</summary>
    public ParameterRow? FindKept(long jobId, string name) =>
        _kept?.FindIndex(kept => kept.JobId == jobId && kept.Name == name) is { } index and >= 0 ? _kept[index] : null;

    /// <summary>The hold on the job, while there is one.</summary>
    public Hold? HoldOf(long jobId) => Is(jobId) && !_fetched!.HasLeft ? _fetched.Hold : null;

    public bool IsChangedBy(Unit unit) => _fetched is not null && unit.Changes.Exists(change => Is(change.JobId));

    /// <summary>Commits a unit that changes the job.</summary>
    /// <param name="isAwaited">Does not block: the caller awaits <see cref="LastCommit"/>.</param>
    public void Commit(Unit unit, FetchedJob? acknowledged, bool isAwaited)
    {
        if (acknowledged is null)
            unit.Needed = _fetched!.Hold;
        _kept?.ForEach(unit.Set);
        parts.Committer.Submit(unit);
        if (isAwaited)
        {
            LastCommit = FollowAsync(unit, acknowledged);
            return;
        }

        try
        {
            unit.Wait();
        }
        catch
        {
            _snapshot = null;
            throw;
        }

        Follow(unit, acknowledged);
    }

    private async Task FollowAsync(Unit unit, FetchedJob? acknowledged)
    {
        try
        {
            await unit.Done.ConfigureAwait(false);
        }
        catch
        {
            _snapshot = null;
            throw;
        }

        Follow(unit, acknowledged);
    }

    private void Follow(Unit unit, FetchedJob? acknowledged)
    {
        _snapshot?.Follow(unit);
        acknowledged?.Leave();
    }
}
