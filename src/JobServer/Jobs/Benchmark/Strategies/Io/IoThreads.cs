namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>Blocking calls on so many threads, which are made in the round: that is part of what they cost.</summary>
internal sealed class IoThreads : IStrategy<IoWork>
{
    public string Name => "io-threads";

    public bool HasConcurrency => true;

    public Task RunAsync(IoWork work, int concurrency, CancellationToken cancellationToken) =>
        DedicatedThreads.RunAsync(
            concurrency,
            _ =>
            {
                while (work.CallNext(cancellationToken)) { }
            }
        );
}
