using System.Diagnostics;
using JobServer.Jobs.Benchmark.Strategies.Io.Load;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>Calls over the pages again and again, as the load says; a unit is one of them.</summary>
internal sealed class IoWork(IReadOnlyList<Page> pages, LoadSettings load, PageCalls calls) : IWork
{
    private readonly CallTally _tally = new();
    private readonly IArrivals _arrivals =
        load.Model == LoadModel.Open ? new OpenArrivals(load) : new ClosedArrivals(load);

    public static string Family => Families.Io;

    public void Start() => _arrivals.Start();

    /// <summary>Makes the next call that is due; false when no more will come.</summary>
    /// <param name="blocking">With <see cref="Blocking.Always"/> the result is there when this returns.</param>
    public async ValueTask<bool> CallNextAsync(Blocking blocking, CancellationToken cancellationToken)
    {
        if (await _arrivals.NextAsync(blocking == Blocking.Always, cancellationToken) is not { } arrival)
            return false;

        var page = pages[arrival.Number % pages.Count];
        var outcome = await calls.CallAsync(page, blocking, cancellationToken);
        _tally.Add(page, outcome, Stopwatch.GetElapsedTime(arrival.DueAt));
        return true;
    }

    /// <summary>The same, blocking the thread.</summary>
    public bool CallNext(CancellationToken cancellationToken)
    {
        var call = CallNextAsync(Blocking.Always, cancellationToken);
        // A breaker that opens tells so in its own time.
        return call.IsCompleted ? call.GetAwaiter().GetResult() : call.AsTask().GetAwaiter().GetResult();
    }

    public WorkResult Result() => _tally.Result();

    public void Dispose() => _arrivals.Dispose();
}
