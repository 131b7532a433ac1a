using JobServer.Ledger;

namespace JobServer.Access;

/// <summary>
/// Writes who changed what, before the change is answered. Where nothing was changed nothing is written; that a job was
/// made is written with the job.
/// </summary>
internal static class AuditFilter
{
    public static async ValueTask<object?> WriteAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var result = await next(context);
        var http = context.HttpContext;
        if (!Needs.IsChange(http.Request) || Caller.Of(http) is not { } caller)
            return result;
        if (http.GetEndpoint()!.Metadata.GetMetadata<LeavesNoEntry>() is not null)
            return result;
        var status = (
            result as IStatusCodeHttpResult ?? (result as INestedHttpResult)?.Result as IStatusCodeHttpResult
        )?.StatusCode;
        if (status is null or < 200 or >= 300)
            return result;
        var action = http.GetEndpoint()!.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "Change";
        var subject = result is IValueHttpResult<MadeKey> { Value: { } made }
            ? $"{http.Request.Path}/{made.Id}"
            : http.Request.Path.ToString();
        await http
            .RequestServices.GetRequiredService<AuditStore>()
            .InsertAsync(caller.Tenant, caller.Actor, action, subject, status.Value, http.RequestAborted);
        return result;
    }
}

/// <summary>What the endpoint does is on record by the job it makes, or changes nothing.</summary>
internal sealed class LeavesNoEntry
{
    public static readonly LeavesNoEntry Instance = new();
}
