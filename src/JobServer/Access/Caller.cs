using System.Security.Claims;
using JobServer.Ledger;

namespace JobServer.Access;

/// <summary>Who asks: a key, and whose it is. Bound to any endpoint that wants it.</summary>
/// <param name="KeyId">Null for a key that is not stored: the one of the configuration.</param>
/// <param name="Address">Where the request comes from.</param>
internal sealed record Caller(string Tenant, string Name, Guid? KeyId, string? Address, IReadOnlySet<string> Scopes)
{
    private const string TenantClaim = "tenant";
    private const string KeyClaim = "key";
    private const string ScopeClaim = "scope";

    /// <summary>Of what is the server's own: the default tenant is its operator's.</summary>
    public bool IsOperator => Tenant == JobKey.DefaultTenant && Scopes.Contains(Access.Scopes.Admin);

    public Actor Actor => new(Name, KeyId, Address);

    public JobKey Job(Guid id) => new(Tenant, id);

    public ScheduleKey Schedule(string id) => new(Tenant, id);

    /// <summary>Whether it may do what needs one of these.</summary>
    public bool Has(params ReadOnlySpan<string> scopes)
    {
        if (Scopes.Contains(Access.Scopes.Admin))
            return true;
        foreach (var scope in scopes)
        {
            if (Scopes.Contains(scope))
                return true;
        }

        return false;
    }

    /// <summary>The caller of an endpoint that needs a key; there is always one.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) =>
        ValueTask.FromResult(
            Of(http) ?? throw new InvalidOperationException("The endpoint is open, and has no caller.")
        );

    /// <summary>Null without a key.</summary>
    public static Caller? Of(HttpContext http)
    {
        if (http.Features.Get<Caller>() is { } known)
            return known;
        var user = http.User;
        if (user.Identity is not { IsAuthenticated: true, Name: { } name })
            return null;
        var caller = new Caller(
            user.FindFirstValue(TenantClaim)!,
            name,
            user.FindFirstValue(KeyClaim) is { } key ? Guid.Parse(key) : null,
            http.Connection.RemoteIpAddress?.ToString(),
            user.FindAll(ScopeClaim).Select(claim => claim.Value).ToHashSet()
        );
        http.Features.Set(caller);
        return caller;
    }

    /// <summary>Who brings this key, however it was brought.</summary>
    public static Caller Of(KnownKey key, HttpContext http) =>
        new(key.Tenant, key.Name, key.Id, http.Connection.RemoteIpAddress?.ToString(), key.Scopes.ToHashSet());

    /// <summary>The user of a request that brought this key.</summary>
    public static ClaimsPrincipal UserOf(KnownKey key, string scheme)
    {
        var identity = new ClaimsIdentity(scheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.Name, key.Name));
        identity.AddClaim(new Claim(TenantClaim, key.Tenant));
        if (key.Id is { } id)
            identity.AddClaim(new Claim(KeyClaim, id.ToString()));
        foreach (var scope in key.Scopes)
            identity.AddClaim(new Claim(ScopeClaim, scope));
        return new ClaimsPrincipal(identity);
    }
}
