namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>One call after the other, each awaited.</summary>
internal sealed class IoSequential : IStrategy<IoWork>
{
    public string Name => "io-sequential";

    public bool HasConcurrency => false;

    public async Task RunAsync(IoWork work, int concurrency, CancellationToken cancellationToken)
    {
        while (await work.CallNextAsync(Blocking.Never, cancellationToken)) { }
    }
}
