namespace JobServer.Benchmarks.Queue;

/// <summary>The jobs of the bench: they do nothing but count, or note how late they are.</summary>
public static class QueueJobs
{
    private static readonly Lock Gate = new();
    private static readonly List<double> Waits = [];
    private static TaskCompletionSource _drained = new();
    private static int _left;

    /// <summary>Ends when so many more have run.</summary>
    internal static Task Expect(int count)
    {
        _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _left, count);
        return _drained.Task;
    }

    public static void Count(int number)
    {
        _ = number;
        if (Interlocked.Decrement(ref _left) == 0)
            _drained.TrySetResult();
    }

    public static void Stamp(long ticks)
    {
        var wait = TimeProvider.System.GetUtcNow().Ticks - ticks;
        lock (Gate)
            Waits.Add(wait / (double)TimeSpan.TicksPerMillisecond);
    }

    /// <summary>The waits of so many jobs, once they are there, in ms and sorted.</summary>
    internal static async Task<double[]> WaitsAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (Gate)
            {
                if (Waits.Count >= count)
                {
                    double[] sorted = [.. Waits.Order()];
                    Waits.Clear();
                    return sorted;
                }
            }

            await Task.Delay(5, cancellationToken);
        }
    }
}
