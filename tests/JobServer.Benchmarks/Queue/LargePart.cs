using System.Diagnostics;

namespace JobServer.Benchmarks.Queue;

/// <summary>
/// Whether the storage is as fast with millions of rows as with few: it drains some of what waits in a large database and
/// in a small one, in turns, and is asked for what the dashboard shows.
/// </summary>
internal sealed class LargePart(QueueServer server, QueueSettings settings)
{
    private const string Name = "batched";
    private const int Drained = 40_000;

    // What is claimed ahead and not counted any more.
    private const int Reserve = 4000;

    public async Task<IReadOnlyList<Series>> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var large = await server.CreateDatabaseAsync(cancellationToken);
        await using var inLarge = await OpenAsync(large, cancellationToken);
        await QueueLoad.FinishedAsync(large, settings.Finished, cancellationToken);
        await QueueLoad.WaitingAsync(large, settings.Waiting, cancellationToken);
        await QueueServer.ExecuteAsync(large, cancellationToken, "vacuum analyze", "checkpoint");
        await Console.Out.WriteLineAsync(
            $"large: {settings.Waiting} waiting and {settings.Finished} finished jobs loaded in {clock.Elapsed.TotalSeconds:F0} s"
        );

        var small = await server.CreateDatabaseBesideAsync(cancellationToken);
        await using var inSmall = await OpenAsync(small, cancellationToken);
        var figures = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (var round = 0; round < settings.Rounds; round++)
        {
            await QueueLoad.WaitingAsync(small, Drained + Reserve, cancellationToken);
            await QueueServer.ExecuteAsync(small, cancellationToken, "analyze");
            Take("small", (await inSmall.AskAsync("drainSome", Drained, cancellationToken)).PerSecond);
            Take("large", (await inLarge.AskAsync("drainSome", Drained, cancellationToken)).PerSecond);
            foreach (var page in new[] { "statistics", "queues", "lists" })
                Take(page, (await inLarge.AskAsync(page, 20, cancellationToken)).P50Ms!.Value);
        }

        return [.. figures.Select(row => new Series($"{row.Key}.{Name}", UnitOf(row.Key), row.Value))];

        void Take(string figure, double value)
        {
            Console.WriteLine($"large {figure, -12} {value, 10:F1} {UnitOf(figure)}");
            figures.TryAdd(figure, []);
            figures[figure].Add(value);
        }
    }

    private static string UnitOf(string figure) => figure is "small" or "large" ? "jobs/s" : "ms";

    /// <summary>With a schema, and a process that is warm.</summary>
    private static async Task<QueueProcess> OpenAsync(string connection, CancellationToken cancellationToken)
    {
        var process = new QueueProcess(
            ChildProcess.Start(
                Name,
                ChildProcess.Dotnet,
                [ChildProcess.OwnAssembly, QueueChild.Verb, Name, connection]
            ),
            Name
        );
        await process.AskAsync("prepare", 0, cancellationToken);
        await process.AskAsync("enqueue", 8000, cancellationToken);
        await process.AskAsync("drain", 8001, cancellationToken);
        // The job that is copied.
        await process.AskAsync("enqueue", 1, cancellationToken);
        return process;
    }
}
