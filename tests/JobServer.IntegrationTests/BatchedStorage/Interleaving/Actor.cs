namespace JobServer.IntegrationTests.BatchedStorage.Interleaving;

/// <summary>Somebody who works on the job on a thread of its own and stops before each call to the storage.</summary>
internal sealed class Actor(string name, Action body)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [ThreadStatic]
    private static Actor? _current;

    private readonly object _lock = new();
    private readonly SemaphoreSlim _turn = new(0);
    private Thread? _thread;
    private bool _isArmed;
    private string? _at;
    private bool _isDone;

    /// <summary>Whose thread this is; null on that of the test.</summary>
    public static Actor? Current => _current;

    public string Name { get; } = name;

    public Exception? Fault { get; private set; }

    /// <summary>Where it waits for its turn; null while it goes on, perhaps blocked in the database.</summary>
    public string? At
    {
        get
        {
            lock (_lock)
                return _at;
        }
    }

    public bool IsDone
    {
        get
        {
            lock (_lock)
                return _isDone;
        }
    }

    /// <summary>Begins; every point is passed until <see cref="Arm"/> is called.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = Name };
        _thread.Start();
    }

    /// <summary>From here on it takes turns, this being the first.</summary>
    public void Arm(string point)
    {
        _isArmed = true;
        Point(point);
    }

    /// <summary>Waits for its turn.</summary>
    public void Point(string point)
    {
        if (!_isArmed)
            return;
        Set(point, isDone: false);
        if (!_turn.Wait(Limit))
            throw new TimeoutException($"{Name} has not got its turn at {point}.");
    }

    /// <summary>Lets it go on to its next point.</summary>
    public void GoOn()
    {
        lock (_lock)
            _at = null;
        _turn.Release();
    }

    /// <summary>It is at a point, or at its end. False when it is not so in time.</summary>
    public bool Rests(TimeSpan within)
    {
        var end =
            TimeProvider.System.GetTimestamp() + (long)(within.TotalSeconds * TimeProvider.System.TimestampFrequency);
        lock (_lock)
        {
            while (_at is null && !_isDone)
            {
                var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), end);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_lock, left))
                    return _at is not null || _isDone;
            }

            return true;
        }
    }

    private void Run()
    {
        _current = this;
        try
        {
            body();
        }
        catch (Exception exception)
        {
            Fault = exception;
        }

        Set(null, isDone: true);
    }

    private void Set(string? at, bool isDone)
    {
        lock (_lock)
        {
            (_at, _isDone) = (at, isDone);
            Monitor.PulseAll(_lock);
        }
    }
}
