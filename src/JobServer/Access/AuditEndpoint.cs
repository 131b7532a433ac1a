using System.Globalization;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Access;

/// <summary>A page of the audit trail, newest first.</summary>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Data, string? NextCursor);

/// <summary><c>GET /v1/audit</c>: who changed what.</summary>
internal static class AuditEndpoint
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/audit", ListAsync)
            .WithTags("Audit")
            .WithName("ListAudit")
            .WithSummary("Who changed what, newest first")
            .WithDescription(
                "Of the caller's tenant; the operator may ask for another one. action is the name of an operation, such as "
                    + "CancelJob or RevokeKey; that a job was made, by whatever operation, is SubmitJob."
            )
            .Needs(Scopes.Admin)
            .Produces<AuditPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> ListAsync(
        Caller caller,
        AuditStore audit,
        string? tenant,
        string? action,
        string? keyId,
        string? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = PageQuery.Limit(limit, faults);
        var before = 0L;
        if (cursor is not null && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            faults.Add("cursor", PageQuery.CursorRule);
        Guid key = default;
        if (keyId is not null && !Guid.TryParse(keyId, out key))
            faults.Add("keyId", "must be the id of a key");
        if (tenant is not null && tenant != caller.Tenant && !caller.IsOperator)
            faults.Add("tenant", "must be your own");
        PageQuery.Check("tenant", tenant, faults);
        PageQuery.Check("action", action, faults);
        if (faults.Any)
            return Problems.Invalid(faults);
        var page = await audit.ListAsync(
            tenant ?? caller.Tenant,
            action,
            keyId is null ? null : key,
            cursor is null ? null : before,
            count + 1,
            cancellationToken
        );
        var data = page.Take(count).ToList();
        return TypedResults.Ok(
            new AuditPage(data, page.Count > count ? data[^1].No.ToString(CultureInfo.InvariantCulture) : null)
        );
    }
}
