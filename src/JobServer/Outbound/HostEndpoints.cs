using JobServer.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Outbound;

/// <summary>What this process remembers of the hosts it called.</summary>
internal sealed record HostPage(IReadOnlyList<HostState> Data);

/// <summary>The circuit breakers, for operators.</summary>
internal static class HostEndpoints
{
    public static void MapHosts(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/hosts", List)
            .WithTags("Hosts")
            .WithName("ListHosts")
            .NeedsOperator()
            .WithSummary("The circuit breakers of this process, one a host");

    private static Ok<HostPage> List(HostBreakers breakers) =>
        TypedResults.Ok(new HostPage([.. breakers.Snapshot().OrderBy(host => host.Authority, StringComparer.Ordinal)]));
}
