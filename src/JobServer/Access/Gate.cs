using JobServer.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Access;

/// <summary>Judges every request that is not to an open endpoint, and says what was missing.</summary>
internal sealed class Gate : AuthorizationHandler<Gate.Requirement>, IAuthorizationMiddlewareResultHandler
{
    /// <summary>What every request must meet; by itself it admits nobody.</summary>
    internal sealed class Requirement : IAuthorizationRequirement;

    private readonly AuthorizationMiddlewareResultHandler _others = new();

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (context.Resource is HttpContext http && Caller.Of(http) is { } caller && Refusal(http, caller) is null)
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    ) =>
        authorizeResult.Forbidden && Caller.Of(context) is { } caller && Refusal(context, caller) is { } refusal
            ? refusal.ExecuteAsync(context)
            : _others.HandleAsync(next, context, policy, authorizeResult);

    private static ProblemHttpResult? Refusal(HttpContext http, Caller caller)
    {
        // Whoever has a key may know that there is nothing here, or not by this method.
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
            return null;
        if (endpoint.Metadata.GetMetadata<Needs>() is not { } needs)
            return Problems.NotAllowed("Nobody may do this.");
        if (needs.OperatorOnly && !caller.IsOperator)
            return Problems.NotAllowed("Only an admin key of the tenant default may do this.");
        var scopes = needs.For(http.Request);
        if (scopes.Count > 0 && !caller.Has([.. scopes]))
            return Problems.ScopeNeeded(scopes);
        // Another site could make a browser send its cookie along.
        return
            Needs.IsChange(http.Request)
            && http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme
            && endpoint.Metadata.GetMetadata<TakesBrowserChanges>() is null
            ? Problems.NotAllowed(
                "Being signed in is enough to look; to change anything here, send the key as a Bearer."
            )
            : null;
    }
}
