namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>Bounded concurrency as one writes it by hand: so many loops, each taking the next unit when its last one ended.</summary>
internal static class Loops
{
    public static Task RunAsync(int count, Func<Task> loop) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => loop()));
}
