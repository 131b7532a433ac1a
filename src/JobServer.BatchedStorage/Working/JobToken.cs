using Hangfire;
using Hangfire.Server;
using JobServer.BatchedStorage.Claiming;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Tells a job that it is to end: its server has stopped and waited, its hold is lost, or somebody has changed its state
/// (<see cref="RunningJobs"/> looks each second). Costs nothing until the job asks for it.
/// </summary>
/// <param name="stateId">The row of history that says the job is being processed here.</param>
/// <param name="stopped">The server has waited for its jobs long enough.</param>
internal sealed class JobToken(FetchedJob job, long stateId, RunningJobs running, CancellationToken stopped)
    : IJobCancellationToken,
        IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _onStopped;
    private CancellationTokenRegistration _onLost;
    private bool _isChanged;
    private bool _disposed;

    public long JobId => job.Id;

    public long StateId => stateId;

    /// <summary>It is not this worker's job any more: nothing is written of how it ends.</summary>
    public bool IsAborted => Volatile.Read(ref _isChanged) || job.IsLost;

    public bool IsCancelled => IsAborted || stopped.IsCancellationRequested;

    public CancellationToken ShutdownToken
    {
        get
        {
            lock (_lock)
            {
                Watch();
                return _source!.Token;
            }
        }
    }

    public void ThrowIfCancellationRequested()
    {
        lock (_lock)
            Watch();
        stopped.ThrowIfCancellationRequested();
        if (IsAborted)
            throw new JobAbortedException();
    }

    /// <summary>Its state was changed by somebody else.</summary>
    public void Abort()
    {
        Volatile.Write(ref _isChanged, true);
        Cancel();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        if (_source is null)
            return;
        running.Remove(this);
        // Not waiting for a callback that may be at work: it finds this disposed of.
        _onStopped.Unregister();
        _onLost.Unregister();
    }

    private void Watch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_source is not null)
            return;
        _source = new CancellationTokenSource();
        _onStopped = stopped.UnsafeRegister(static token => ((JobToken)token!).Cancel(), this);
        _onLost = job.Lost.UnsafeRegister(static token => ((JobToken)token!).Cancel(), this);
        running.Add(this);
    }

    /// <summary>Callbacks of the job run elsewhere: whoever found out has others to tell.</summary>
    private void Cancel()
    {
        lock (_lock)
        {
            if (!_disposed)
                _ = _source?.CancelAsync();
        }
    }
}
