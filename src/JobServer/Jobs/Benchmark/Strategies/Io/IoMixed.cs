namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>
/// So many calls at once, whose headers are awaited and whose bodies are read blocking: what becomes of asynchronous code
/// with a synchronous end. Meanwhile each holds a thread of the pool, which may have to make more of them.
/// </summary>
internal sealed class IoMixed : IStrategy<IoWork>
{
    public string Name => "io-mixed";

    public bool HasConcurrency => true;

    public Task RunAsync(IoWork work, int concurrency, CancellationToken cancellationToken) =>
        Loops.RunAsync(
            concurrency,
            // On the pool from the first call on: headers that are there at once would keep the caller's thread.
            () =>
                Task.Run(
                    async () =>
                    {
                        while (await work.CallNextAsync(Blocking.Body, cancellationToken)) { }
                    },
                    cancellationToken
                )
        );
}
