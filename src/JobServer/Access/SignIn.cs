using System.Security.Claims;
using JobServer.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace JobServer.Access;

/// <summary>
/// What a browser has in place of a key: a cookie that says which key was shown, and proves it by the key's hash. The key
/// is looked for again on each request, so that it ends every session of it.
/// </summary>
internal static class SignIn
{
    public const string Path = "/sign-in";
    public const string CookieName = "jobserver";

    private const string KeyClaim = "key";
    private const string HashClaim = "hash";
    private static readonly TimeSpan Lasts = TimeSpan.FromHours(12);

    /// <summary>Whether somebody looks at the answer in a browser.</summary>
    public static bool IsBrowser(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static Task StartAsync(HttpContext http, KnownKey key)
    {
        var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme);
        if (key.Id is { } id)
            identity.AddClaim(new Claim(KeyClaim, id.ToString()));
        identity.AddClaim(new Claim(HashClaim, Convert.ToBase64String(key.Hash)));
        return http.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            new ClaimsPrincipal(identity),
            new AuthenticationProperties { AllowRefresh = false }
        );
    }

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = Lasts;
        options.SlidingExpiration = false;
        options.LoginPath = Path;
        options.Events.OnValidatePrincipal = ValidateAsync;
        options.Events.OnRedirectToLogin = ChallengeAsync;
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var id = context.Principal?.FindFirstValue(KeyClaim);
        var hash = context.Principal?.FindFirstValue(HashClaim);
        var ring = context.HttpContext.RequestServices.GetRequiredService<KeyRing>();
        var key = hash is null
            ? null
            : await ring.FindAsync(
                id is null ? null : Guid.Parse(id),
                Convert.FromBase64String(hash),
                context.HttpContext.RequestAborted
            );
        if (key is null)
            context.RejectPrincipal();
        else
            context.ReplacePrincipal(Caller.UserOf(key, CookieAuthenticationDefaults.AuthenticationScheme));
    }

    private static Task ChallengeAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (!IsBrowser(context.Request))
            return Problems.KeyNeeded().ExecuteAsync(context.HttpContext);
        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }
}
