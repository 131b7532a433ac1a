namespace JobServer.Jobs.Benchmark.Strategies.Io.Load;

/// <summary>Says when the calls of a round come. Any number of threads and loops ask it for their next one.</summary>
internal interface IArrivals : IDisposable
{
    /// <summary>The round begins now.</summary>
    void Start();

    /// <summary>Waits for the next call that is due; null when no more will come.</summary>
    /// <param name="blocking">Whether the thread waits: then the result is there when this returns.</param>
    ValueTask<Arrival?> NextAsync(bool blocking, CancellationToken cancellationToken);
}

/// <summary>A call that is due.</summary>
/// <param name="Number">From 0.</param>
/// <param name="DueAt">What its latency counts from: a timestamp of the <see cref="System.Diagnostics.Stopwatch"/>.</param>
internal readonly record struct Arrival(int Number, long DueAt);
