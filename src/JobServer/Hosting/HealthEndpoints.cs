using JobServer.Access;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>Probes. They say a status and nothing else.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health").WithMetadata(IsProbe.Instance);
        health.MapGet("/live", () => TypedResults.Ok(new Health("live"))).WithSummary("The process answers");
        health.MapGet("/ready", ReadyAsync).WithSummary("The database answers and has the schema of this build");
    }

    private static async Task<IResult> ReadyAsync(
        NpgsqlDataSource database,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken
    )
    {
        var stopping = lifetime.ApplicationStopping.IsCancellationRequested;
        return !stopping && await AnswersAsync(database, cancellationToken)
            ? TypedResults.Ok(new Health("ready"))
            : TypedResults.Json(new Health("not_ready"), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<bool> AnswersAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        try
        {
            // Not by a token: over a connection that swallows everything a statement cannot be taken back.
            var pending = await Migrator
                .PendingAsync(database, CancellationToken.None)
                .WaitAsync(Limit, cancellationToken);
            return pending.Count == 0;
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    private sealed record Health(string Status);
}
