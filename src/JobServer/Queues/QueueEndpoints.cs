using JobServer.Access;
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
/// <param name="PausedAt">Since when nothing is taken from it; null when it is not paused.</param>
internal sealed record QueueView(
    string Name,
    long Waiting,
    long Running,
    TimeSpan? OldestAge,
    int Workers,
    int Servers,
    DateTimeOffset? PausedAt
);

/// <summary>All queues of this server.</summary>
internal sealed record QueuePage(IReadOnlyList<QueueView> Data);

/// <summary>Depth, age and workers of the queues; holds them and lets them go on.</summary>
internal static class QueueEndpoints
{
    public static void MapQueues(this IEndpointRouteBuilder app)
    {
        var queues = app.MapGroup("/v1/queues")
            .WithTags("Queues")
            .NeedsOperator()
            .AddEndpointFilter(AuditFilter.WriteAsync)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        queues.MapGet("/", ListAsync).WithName("ListQueues").WithSummary("All queues");
        queues
            .MapGet("/{name}", GetAsync)
            .WithName("GetQueue")
            .WithSummary("One queue")
            .ProducesProblem(StatusCodes.Status404NotFound);
        queues
            .MapPost("/{name}/pause", PauseAsync)
            .WithName("PauseQueue")
            .WithSummary("Holds a queue: no lane in it is begun until it is resumed")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        queues
            .MapPost("/{name}/resume", ResumeAsync)
            .WithName("ResumeQueue")
            .WithSummary("Lets a paused queue go on")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<QueuePage>> ListAsync(QueueReader queues, CancellationToken cancellationToken) =>
        TypedResults.Ok(new QueuePage(await queues.ReadAsync(cancellationToken)));

    private static async Task<Results<Ok<QueueView>, ProblemHttpResult>> GetAsync(
        string name,
        QueueReader reader,
        CancellationToken cancellationToken
    )
    {
        var queues = await reader.ReadAsync(cancellationToken);
        return queues.FirstOrDefault(queue => queue.Name == name) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound(
                "unknown-queue",
                "There is no such queue.",
                $"Queues: {string.Join(", ", queues.Select(queue => queue.Name))}."
            );
    }

    private static Task<Results<Ok<QueueView>, ProblemHttpResult>> PauseAsync(
        string name,
        QueueReader reader,
        QueueStore store,
        Signals signals,
        CancellationToken cancellationToken
    ) => ChangeAsync(name, store.PauseAsync, reader, signals, cancellationToken);

    private static Task<Results<Ok<QueueView>, ProblemHttpResult>> ResumeAsync(
        string name,
        QueueReader reader,
        QueueStore store,
        Signals signals,
        CancellationToken cancellationToken
    ) => ChangeAsync(name, store.ResumeAsync, reader, signals, cancellationToken);

    private static async Task<Results<Ok<QueueView>, ProblemHttpResult>> ChangeAsync(
        string name,
        Func<string, CancellationToken, Task> change,
        QueueReader reader,
        Signals signals,
        CancellationToken cancellationToken
    )
    {
        if (name == QueueOptions.System)
            return Problems.SystemQueue();
        if (reader.Knows(name))
        {
            await change(name, cancellationToken);
            signals.QueueChanged(name);
        }

        return await GetAsync(name, reader, cancellationToken);
    }
}
