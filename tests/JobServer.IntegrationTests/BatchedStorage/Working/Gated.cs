using System.Collections.Concurrent;
using Hangfire;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>Jobs that tests hold and watch, each by a key of its own.</summary>
public static class Gated
{
    private static readonly ConcurrentDictionary<string, Gate> _gates = new();

    public static Gate Of(string key) => _gates.GetOrAdd(key, _ => new Gate());

    /// <summary>Ends when its token is cancelled; at once the next time.</summary>
    public static async Task UntilCancelled(string key, CancellationToken cancellationToken)
    {
        var gate = Of(key);
        if (!gate.Begin())
            return;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            gate.Cancelled.TrySetResult();
            throw;
        }
    }

    /// <summary>Asks its token again and again; ends at once the next time.</summary>
    public static async Task UntilTold(string key, IJobCancellationToken token)
    {
        var gate = Of(key);
        if (!gate.Begin())
            return;
        try
        {
            while (true)
            {
                token.ThrowIfCancellationRequested();
                await Task.Delay(5, CancellationToken.None);
            }
        }
        catch (Exception)
        {
            gate.Cancelled.TrySetResult();
            throw;
        }
    }

    /// <summary>Ends when so many of them have begun.</summary>
    public static async Task Together(string key, int count)
    {
        var gate = Of(key);
        if (gate.Count() == count)
            gate.Open.TrySetResult();
        await gate.Open.Task;
    }

    public sealed class Gate
    {
        private int _begun;

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count() => Interlocked.Increment(ref _begun);

        public bool Begin()
        {
            Begun.TrySetResult();
            return Count() == 1;
        }
    }
}
