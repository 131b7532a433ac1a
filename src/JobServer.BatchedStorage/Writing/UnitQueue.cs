namespace JobServer.BatchedStorage.Writing;

/// <summary>Units that wait for the next flush, in order.</summary>
internal sealed class UnitQueue
{
    // What is in flight at once: more makes flushes longer for all of them and hardly fewer.
    private const int MaxRows = 2000;

    private readonly object _lock = new();
    private readonly HashSet<long> _jobs = [];
    private List<Unit> _waiting = [];
    private List<Unit> _left = [];
    private bool _isAwaited;
    private bool _closed;

    /// <exception cref="ObjectDisposedException">The storage was disposed of.</exception>
    public void Add(Unit unit)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(BatchedPostgreSqlStorage));
            _waiting.Add(unit);
            Wake();
        }
    }

    /// <summary>In front of all others; false when the queue is closed, and nobody may take it any more.</summary>
    public bool TryAddFirst(Unit unit)
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            _waiting.Insert(0, unit);
            Wake();
        }

        return true;
    }

    /// <summary>In front of all others, in this order; for who takes them.</summary>
    public void AddFirst(IReadOnlyList<Unit> units)
    {
        lock (_lock)
            _waiting.InsertRange(0, units);
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
                    return false;
                _isAwaited = true;
                Monitor.Wait(_lock);
                _isAwaited = false;
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Wake();
        }
    }

    private void Wake()
    {
        if (_isAwaited)
            Monitor.Pulse(_lock);
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
