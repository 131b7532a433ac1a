namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>So many calls at once, none of which holds a thread.</summary>
internal sealed class IoAsync : IStrategy<IoWork>
{
    public string Name => "io-async";

    public bool HasConcurrency => true;

    public Task RunAsync(IoWork work, int concurrency, CancellationToken cancellationToken) =>
        Loops.RunAsync(
            concurrency,
            async () =>
            {
                while (await work.CallNextAsync(Blocking.Never, cancellationToken)) { }
            }
        );
}
