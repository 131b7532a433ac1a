using System.Net.Mime;
using System.Reflection;
using JobServer.Hosting;
using JobServer.Hosting.Dashboard;
using JobServer.Ledger;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Access;

/// <summary>A page that takes a key, and one that ends what it began.</summary>
internal static class SignInPages
{
    public const string SignOutPath = "/sign-out";

    private const string StylePath = SignIn.Path + "/style.css";
    private const string KeyField = "key";
    private const string ReturnField = "returnUrl";
    private const int MaxBodyBytes = 16 << 10;

    public static void Map(IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").ExcludeFromDescription().DisableAntiforgery();
        pages.MapGet(SignIn.Path, Show).AllowAnonymous();
        pages
            .MapPost(SignIn.Path, StartAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        pages.MapGet(StylePath, Style).AllowAnonymous();
        pages.MapGet(SignOutPath, ShowEnd).NeedsAnyKey();
        pages.MapPost(SignOutPath, EndAsync).NeedsAnyKey().WithMetadata(TakesBrowserChanges.Instance);
    }

    private static ContentHttpResult Show(HttpContext http, IAntiforgery tokens, string? returnUrl) =>
        Page(http, StatusCodes.Status200OK, "Sign in", SignInForm(http, tokens, returnUrl, fault: null));

    private static async Task<IResult> StartAsync(
        HttpContext http,
        IAntiforgery tokens,
        KeyRing ring,
        AuditStore audit,
        CancellationToken cancellationToken
    )
    {
        if (!http.Request.HasFormContentType || !await tokens.IsRequestValidAsync(http))
            return Again(
                http,
                tokens,
                null,
                "That page was too old. Please try again.",
                StatusCodes.Status400BadRequest
            );
        var form = await http.Request.ReadFormAsync(cancellationToken);
        var returnUrl = form[ReturnField].ToString();
        var key = await ring.FindAsync(form[KeyField].ToString().Trim(), cancellationToken);
        if (key is null)
            return Again(http, tokens, returnUrl, "This key is not known, was revoked or has expired.");
        var caller = Caller.Of(key, http);
        if (DashboardAccess.RightsOf(caller) == VisitorRights.None)
            return Again(
                http,
                tokens,
                returnUrl,
                $"This key may not see the dashboard: that needs the scope {Scopes.ReadJobs} in the tenant {JobKey.DefaultTenant}."
            );
        await SignIn.StartAsync(http, key);
        await audit.InsertAsync(
            caller.Tenant,
            caller.Actor,
            "SignIn",
            SignIn.Path,
            StatusCodes.Status302Found,
            cancellationToken
        );
        return TypedResults.LocalRedirect(IsLocal(returnUrl) ? returnUrl : $"{http.Request.PathBase}/");
    }

    private static ContentHttpResult ShowEnd(HttpContext http, IAntiforgery tokens) =>
        Page(
            http,
            StatusCodes.Status200OK,
            "Sign out",
            Html(
                $"""
                <form method="post" action="{http.Request.PathBase}{SignOutPath}">
                {Token(http, tokens)}
                <p>You are signed in with the key <b>{http.User.Identity?.Name}</b>.</p>
                <button type="submit">Sign out</button>
                <a href="{http.Request.PathBase}/">Back</a>
                </form>
                """
            )
        );

    private static async Task<IResult> EndAsync(HttpContext http, IAntiforgery tokens)
    {
        if (!await tokens.IsRequestValidAsync(http))
            return TypedResults.LocalRedirect($"{http.Request.PathBase}{SignOutPath}");
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.LocalRedirect($"{http.Request.PathBase}{SignIn.Path}");
    }

    private static ContentHttpResult Again(
        HttpContext http,
        IAntiforgery tokens,
        string? returnUrl,
        string fault,
        int status = StatusCodes.Status403Forbidden
    ) => Page(http, status, "Sign in", SignInForm(http, tokens, returnUrl, fault));

    private static Markup SignInForm(HttpContext http, IAntiforgery tokens, string? returnUrl, string? fault) =>
        Html(
            $"""
            <form method="post" action="{http.Request.PathBase}{SignIn.Path}">
            {Token(http, tokens)}
            <input type="hidden" name="{ReturnField}" value="{returnUrl}">
            <label for="key">API key</label>
            <input id="key" name="{KeyField}" type="password" autocomplete="current-password" required autofocus
                aria-describedby="fault">
            <p id="fault" role="alert">{fault}</p>
            <button type="submit">Sign in</button>
            </form>
            """
        );

    private static Markup Token(HttpContext http, IAntiforgery tokens)
    {
        var token = tokens.GetAndStoreTokens(http);
        return Html($"""<input type="hidden" name="{token.FormFieldName}" value="{token.RequestToken}">""");
    }

    private static ContentHttpResult Page(HttpContext http, int status, string title, Markup content)
    {
        http.Response.Headers.ContentSecurityPolicy = ResponseHeaders.OwnFiles;
        return TypedResults.Content(
            Html(
                    $"""
                    <!DOCTYPE html>
                    <html lang="en">
                    <head>
                    <meta charset="utf-8">
                    <meta name="viewport" content="width=device-width, initial-scale=1">
                    <title>{title} - JobServer</title>
                    <link rel="icon" href="data:,">
                    <link rel="stylesheet" href="{http.Request.PathBase}{StylePath}">
                    </head>
                    <body>
                    <main>
                    <h1>JobServer</h1>
                    {content}
                    </main>
                    </body>
                    </html>
                    """
                )
                .ToString(),
            $"{MediaTypeNames.Text.Html}; charset=utf-8",
            statusCode: status
        );
    }

    private static FileStreamHttpResult Style() =>
        TypedResults.Stream(
            Assembly.GetExecutingAssembly().GetManifestResourceStream("sign-in.css")!,
            MediaTypeNames.Text.Css
        );

    /// <summary>A path of this host: <c>//elsewhere</c> and <c>/\elsewhere</c> lead to others.</summary>
    private static bool IsLocal(string url) =>
        url.Length > 0 && url[0] == '/' && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Any(char.IsControl);
}
