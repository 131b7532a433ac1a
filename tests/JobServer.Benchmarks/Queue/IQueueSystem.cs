namespace JobServer.Benchmarks.Queue;

/// <summary>One way to run Hangfire's jobs, in a process of its own.</summary>
internal interface IQueueSystem : IDisposable
{
    /// <param name="at">When, in ticks; 0 for a job that counts.</param>
    void Enqueue(long at);

    /// <summary>In one commit.</summary>
    /// <exception cref="NotSupportedException">It has no such thing.</exception>
    Task EnqueueAllAsync(int count, CancellationToken cancellationToken);

    /// <summary>Workers run from here on, until it is disposed of.</summary>
    IDisposable Start();

    /// <summary>Asks so many times for a page of the dashboard; returns how long each took, in ms.</summary>
    IEnumerable<double> Look(string page, int times);

    /// <summary>Waits until nothing is left in the queue.</summary>
    Task EmptyAsync(CancellationToken cancellationToken);
}
