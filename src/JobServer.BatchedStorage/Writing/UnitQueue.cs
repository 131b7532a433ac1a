namespace JobServer.BatchedStorage.Writing;

/// <summary>Units that wait for the next flush, in order.</summary>
internal sealed class UnitQueue
{
    // What is in flight at once: more makes flushes longer for all of them and hardly fewer.
    private const int MaxRows = 2000;

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _arrived = new(initialState: false);
    private readonly HashSet<long> _jobs = [];
    private List<Unit> _waiting = [];
    private List<Unit> _left = [];
    private bool _closed;
    private bool _ended;

    /// <exception cref="ObjectDisposedException">The storage was disposed of.</exception>
    public void Add(Unit unit)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(BatchedPostgreSqlStorage));
            _waiting.Add(unit);
        }

        _arrived.Set();
    }

    /// <summary>In front of all others, in this order; they fail where the last flush has been.</summary>
    public void AddFirst(IReadOnlyList<Unit> units)
    {
        lock (_lock)
        {
            foreach (var unit in _ended ? units : [])
                unit.Fail(new ObjectDisposedException(nameof(BatchedPostgreSqlStorage)));
            if (!_ended)
                _waiting.InsertRange(0, units);
        }

        _arrived.Set();
    }

    /// <summary>
    /// Waits for units and moves those of the next flush: none of a job that one before it has changed, and one with rare
    /// operations alone. False when the queue is closed and empty.
    /// </summary>
    public bool Take(List<Unit> units)
    {
        units.Clear();
        while (true)
        {
            lock (_lock)
            {
                Move(units);
                if (units.Count > 0)
                    return true;
                if (_closed)
                {
                    _ended = true;
                    return false;
                }
            }

            _arrived.WaitOne();
        }
    }

    public void Close()
    {
        lock (_lock)
            _closed = true;
        _arrived.Set();
    }

    private void Move(List<Unit> units)
    {
        if (_waiting.Count == 0)
            return;
        _jobs.Clear();
        _left.Clear();
        var (rows, isFull) = (0, false);
        foreach (var unit in _waiting)
        {
            isFull |= rows > 0 && (rows + unit.Rows > MaxRows || unit.Rare.Count > 0);
            if (isFull || !AreOthers(unit))
            {
                _left.Add(unit);
                continue;
            }

            units.Add(unit);
            rows += unit.Rows;
            isFull |= unit.Rare.Count > 0;
        }

        (_waiting, _left) = (_left, _waiting);
    }

    private bool AreOthers(Unit unit)
    {
        var others = true;
        foreach (var change in unit.Changes)
            others &= _jobs.Add(change.JobId);
        return others;
    }
}
