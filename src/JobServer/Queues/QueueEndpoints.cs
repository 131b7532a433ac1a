using Hangfire;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Queues;

/// <summary>A queue as clients see it.</summary>
/// <param name="Waiting">Lanes that no worker has taken yet.</param>
/// <param name="Running">Lanes that workers have taken.</param>
/// <param name="OldestAge">How long the oldest waiting lane has waited; null when none waits.</param>
/// <param name="Workers">Lanes that all live servers together can run at once.</param>
/// <param name="Servers">Live servers of the queue.</param>
internal sealed record QueueView(
    string Name,
    long Waiting,
    long Running,
    TimeSpan? OldestAge,
    int Workers,
    int Servers
);

/// <summary>All queues of this server.</summary>
internal sealed record QueuePage(IReadOnlyList<QueueView> Data);

/// <summary>Depth, age and workers of the queues.</summary>
internal static class QueueEndpoints
{
    public static void MapQueues(this IEndpointRouteBuilder app)
    {
        var queues = app.MapGroup("/v1/queues")
            .WithTags("Queues")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        queues.MapGet("/", ListAsync).WithName("ListQueues").WithSummary("All queues");
        queues
            .MapGet("/{name}", GetAsync)
            .WithName("GetQueue")
            .WithSummary("One queue")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<QueuePage>> ListAsync(
        JobKinds kinds,
        HangfireSchema hangfire,
        JobStorage storage,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(new QueuePage(await ReadAsync(kinds, hangfire, storage, cancellationToken)));

    private static async Task<Results<Ok<QueueView>, ProblemHttpResult>> GetAsync(
        string name,
        JobKinds kinds,
        HangfireSchema hangfire,
        JobStorage storage,
        CancellationToken cancellationToken
    )
    {
        var queues = await ReadAsync(kinds, hangfire, storage, cancellationToken);
        return queues.FirstOrDefault(queue => queue.Name == name) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound(
                "unknown-queue",
                "There is no such queue.",
                $"Queues: {string.Join(", ", queues.Select(queue => queue.Name))}."
            );
    }

    private static async Task<List<QueueView>> ReadAsync(
        JobKinds kinds,
        HangfireSchema hangfire,
        JobStorage storage,
        CancellationToken cancellationToken
    )
    {
        var depths = (await hangfire.DepthsAsync(cancellationToken)).ToDictionary(depth => depth.Queue);
        var servers = storage.GetMonitoringApi().Servers();
        return
        [
            .. kinds
                .All.Select(kind => kind.Queue)
                .Append(QueueOptions.System)
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(queue =>
                {
                    var depth = depths.GetValueOrDefault(queue);
                    var own = servers.Where(server => server.Queues.Contains(queue)).ToList();
                    return new QueueView(
                        queue,
                        depth?.Waiting ?? 0,
                        depth?.Running ?? 0,
                        depth?.OldestAge,
                        own.Sum(server => server.WorkersCount),
                        own.Count
                    );
                }),
        ];
    }
}
