using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>Jobs that were claimed and wait for a worker, or workers that wait for a job.</summary>
/// <param name="changed">Called when more may be wanted, or something has to be given back.</param>
internal sealed class Buffer(TimeProvider time, Action changed)
{
    // More than the servers of a process: whoever brings a token for each call is served by the bound in time.
    private const int MaxStops = 64;

    private readonly Lock _lock = new();
    private readonly Queue<(Claim Claim, long At)> _jobs = new();
    private readonly LinkedList<Taker> _takers = [];
    private readonly Pace _pace = new(time);
    private readonly HashSet<CancellationToken> _stops = [];

    // With fewer jobs than this it is time to claim more.
    private int _low;
    private bool _isStopping;
    private bool _isClosed;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _jobs.Count == 0;
        }
    }

    public ValueTask<Claim> TakeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(BatchedPostgreSqlStorage));
            GiveBackOn(cancellationToken);
            if (_jobs.TryDequeue(out var next))
            {
                _pace.Count();
                if (_jobs.Count == _low)
                    changed();
                return ValueTask.FromResult(next.Claim);
            }

            var taker = new Taker(_takers, _lock, cancellationToken);
            changed();
            return new ValueTask<Claim>(taker.Task);
        }
    }

    public void Add(IEnumerable<Claim> claims)
    {
        lock (_lock)
        {
            foreach (var claim in claims)
            {
                if (TryHandOver(claim))
                    _pace.Count();
                else
                    _jobs.Enqueue((claim, time.GetTimestamp()));
            }
        }
    }

    /// <summary>How many to claim: for all who wait, and for those who will come within this time.</summary>
    public int Wanted(TimeSpan ahead)
    {
        lock (_lock)
        {
            var soon = _isStopping && _takers.Count == 0 ? 0 : _pace.In(ahead);
            // Few large claims rather than many small ones.
            _low = soon / 2;
            return _takers.Count > 0 ? _takers.Count + soon
                : _jobs.Count <= _low ? soon - _jobs.Count
                : 0;
        }
    }

    /// <summary>Removes what has waited for longer than this, or all of it when a server stops.</summary>
    public List<Hold> TooOld(TimeSpan age)
    {
        lock (_lock)
        {
            var holds = new List<Hold>();
            while (_jobs.TryPeek(out var oldest) && (_isStopping || time.GetElapsedTime(oldest.At) > age))
                holds.Add(Leave(_jobs.Dequeue().Claim));
            if (holds.Count > 0)
                _pace.Reset();
            _isStopping = false;
            return holds;
        }
    }

    /// <summary>Removes everything, sends those who wait away, and takes no more of them.</summary>
    public List<Hold> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var taker in _takers)
                taker.TrySetException(new ObjectDisposedException(nameof(BatchedPostgreSqlStorage)));
            _takers.Clear();
            var holds = _jobs.Select(job => Leave(job.Claim)).ToList();
            _jobs.Clear();
            return holds;
        }
    }

    private static Hold Leave(Claim claim)
    {
        claim.Job.Leave();
        return claim.Job.Hold;
    }

    private bool TryHandOver(Claim claim)
    {
        while (_takers.First is { } first)
        {
            _takers.RemoveFirst();
            if (first.Value.TrySetResult(claim))
                return true;
        }

        return false;
    }

    /// <summary>A server that stops must not keep jobs that its workers will not begin.</summary>
    private void GiveBackOn(CancellationToken stopping)
    {
        if (!stopping.CanBeCanceled || _stops.Count >= MaxStops || !_stops.Add(stopping))
            return;
        stopping.Register(() =>
        {
            lock (_lock)
            {
                _stops.Remove(stopping);
                _isStopping = true;
            }

            changed();
        });
    }

    private sealed class Taker : TaskCompletionSource<Claim>
    {
        public Taker(LinkedList<Taker> takers, Lock gate, CancellationToken cancellationToken)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            var node = takers.AddLast(this);
            var registration = cancellationToken.Register(() =>
            {
                lock (gate)
                {
                    if (node.List is not null)
                        takers.Remove(node);
                }

                TrySetCanceled(cancellationToken);
            });
            // Not disposed of, which would wait for the callback, which may wait for the lock that the setter has.
            _ = Task.ContinueWith(
                static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }
}
