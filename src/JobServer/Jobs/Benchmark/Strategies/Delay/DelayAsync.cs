namespace JobServer.Jobs.Benchmark.Strategies.Delay;

/// <summary>So many delays at once, none of which holds a thread.</summary>
internal sealed class DelayAsync : IStrategy<DelayWork>
{
    public string Name => "delay-async";

    public bool HasConcurrency => true;

    public Task RunAsync(DelayWork work, int concurrency, CancellationToken cancellationToken) =>
        Loops.RunAsync(
            concurrency,
            async () =>
            {
                while (await work.DelayNextAsync(cancellationToken)) { }
            }
        );
}
