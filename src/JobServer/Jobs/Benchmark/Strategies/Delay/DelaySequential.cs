namespace JobServer.Jobs.Benchmark.Strategies.Delay;

/// <summary>One delay after the other.</summary>
internal sealed class DelaySequential : IStrategy<DelayWork>
{
    public string Name => "delay-sequential";

    public bool HasConcurrency => false;

    public async Task RunAsync(DelayWork work, int concurrency, CancellationToken cancellationToken)
    {
        while (await work.DelayNextAsync(cancellationToken)) { }
    }
}
