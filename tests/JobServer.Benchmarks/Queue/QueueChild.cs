using System.Diagnostics;
using System.Globalization;

namespace JobServer.Benchmarks.Queue;

/// <summary>
/// A contender's process: one command a line of standard input, one <see cref="QueueAnswer"/> a line of standard output,
/// until the input ends. <c>Peers/peer.mjs</c> is the same for the others.
/// </summary>
internal sealed class QueueChild : IDisposable
{
    public const string Verb = "queue-child";
    public const int Callers = 8;

    private readonly IQueueSystem _system;
    private readonly List<IDisposable> _running = [];

    private QueueChild(IQueueSystem system) => _system = system;

    public static async Task<int> RunAsync(string name, string connection, CancellationToken cancellationToken)
    {
        using var child = new QueueChild(HangfireSystem.Create(name, connection));
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var words = line.Split(' ');
            var count = words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 0;
            var pace = words.Length > 2 ? double.Parse(words[2], CultureInfo.InvariantCulture) : 0;
            Console.WriteLine((await child.AnswerAsync(words[0], count, pace, cancellationToken)).ToLine());
        }

        return ExitCodes.Correct;
    }

    public void Dispose()
    {
        _running.ForEach(server => server.Dispose());
        _system.Dispose();
    }

    private async Task<QueueAnswer> AnswerAsync(
        string verb,
        int count,
        double pace,
        CancellationToken cancellationToken
    )
    {
        switch (verb)
        {
            case "prepare":
                // One job makes the schema, and what the storage starts with.
                return await TimedAsync(1, () => EnqueueAsync(1));
            case "enqueue":
                return await TimedAsync(count, () => EnqueueAsync(count));
            case "bulk":
                return await TimedAsync(count, () => _system.EnqueueAllAsync(count, cancellationToken));
            case "drain":
                return await DrainAsync(count, untilEmpty: true, cancellationToken);
            case "drainSome":
                return await DrainAsync(count, untilEmpty: false, cancellationToken);
            case "statistics" or "queues" or "lists":
                double[] times = [.. _system.Look(verb, count).Order()];
                return new QueueAnswer(0, 0, count, At(times, 0.5), At(times, 0.99));
            case "work":
                _running.Add(_system.Start());
                return new QueueAnswer(0, 0, 0);
            case "busy":
                return new QueueAnswer(0, 0, 0);
            case "produce":
                return await TimedAsync(count, () => ProduceAsync(count, pace, cancellationToken));
            case "report":
                var waits = await QueueJobs.WaitsAsync(count, cancellationToken);
                return new QueueAnswer(0, 0, count, At(waits, 0.5), At(waits, 0.99));
            default:
                throw new ArgumentException(verb, nameof(verb));
        }
    }

    private static async Task<QueueAnswer> TimedAsync(int items, Func<Task> runAsync)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await runAsync();
        return new QueueAnswer(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, items);
    }

    private Task EnqueueAsync(int count)
    {
        var next = 0;
        return Task.WhenAll(
            Enumerable
                .Range(0, Math.Min(Callers, count))
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            while (Interlocked.Increment(ref next) <= count)
                                _system.Enqueue(at: 0);
                        },
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
    }

    /// <summary>From the start of the server until so many have run; the server's end is not in the time.</summary>
    private async Task<QueueAnswer> DrainAsync(int count, bool untilEmpty, CancellationToken cancellationToken)
    {
        IDisposable? server = null;
        var answer = await TimedAsync(
            count,
            async () =>
            {
                var drained = QueueJobs.Expect(count);
                server = _system.Start();
                await drained.WaitAsync(cancellationToken);
                if (untilEmpty)
                    await _system.EmptyAsync(cancellationToken);
            }
        );
        server?.Dispose();
        return answer;
    }

    /// <summary>Jobs at an even pace, whatever the answers take, from as many callers as the other figures.</summary>
    private async Task ProduceAsync(int count, double perSecond, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var callers = new SemaphoreSlim(Callers);
        var sent = new List<Task>();
        for (var n = 0; n < count; n++)
        {
            var rest = TimeSpan.FromSeconds(n / perSecond) - Stopwatch.GetElapsedTime(start);
            if (rest > TimeSpan.FromMilliseconds(1))
                await Task.Delay(rest, cancellationToken);
            var at = TimeProvider.System.GetUtcNow().Ticks;
            await callers.WaitAsync(cancellationToken);
            sent.Add(
                Task.Run(
                    () =>
                    {
                        _system.Enqueue(at);
                        callers.Release();
                    },
                    cancellationToken
                )
            );
        }

        await Task.WhenAll(sent);
    }

    private static double At(double[] sorted, double share) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
