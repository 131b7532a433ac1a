namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>Threads that are made for one round and belong to it alone.</summary>
internal static class DedicatedThreads
{
    /// <summary>Runs the body on so many threads, with numbers from 0; ends when all have ended.</summary>
    /// <exception cref="OutOfThreadsException">The system gave fewer; those it gave have ended.</exception>
    public static Task RunAsync(int count, Action<int> body) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => RunOneAsync(() => body(number))));

    /// <exception cref="OutOfThreadsException">The system gives none.</exception>
    public static Thread Start(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true, Name = "Benchmark" };
        try
        {
            thread.Start();
            return thread;
        }
        // How the runtime says that there is none left.
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            throw new OutOfThreadsException(exception);
        }
    }

    private static async Task RunOneAsync(Action body)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(() =>
        {
            try
            {
                body();
                end.SetResult();
            }
            catch (Exception exception)
            {
                end.SetException(exception);
            }
        });
        await end.Task;
    }
}

/// <summary>The system does not give as many threads as a strategy asks for.</summary>
internal sealed class OutOfThreadsException(Exception inner)
    : Exception("The system gave fewer threads than the strategy asks for.", inner);
