namespace JobServer.BatchedStorage.Claiming;

/// <summary>How fast workers begin jobs, by the last seconds.</summary>
internal sealed class Pace(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.25);

    private long _since = time.GetTimestamp();
    private int _count;
    private double _perSecond;

    public void Count() => _count++;

    /// <summary>Nothing is expected of those who began nothing.</summary>
    public void Reset() => (_since, _count, _perSecond) = (time.GetTimestamp(), 0, 0);

    /// <summary>How many are begun in this time if it goes on so.</summary>
    public int In(TimeSpan span)
    {
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed >= Window)
        {
            _perSecond = _count / elapsed.TotalSeconds;
            (_since, _count) = (time.GetTimestamp(), 0);
        }

        return (int)(Math.Max(_perSecond, _count / Window.TotalSeconds) * span.TotalSeconds);
    }
}
