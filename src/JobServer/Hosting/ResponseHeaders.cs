using JobServer.Hosting.Dashboard;

namespace JobServer.Hosting;

/// <summary>What every answer tells browsers not to do. Pages that need more than nothing say so by themselves.</summary>
internal static class ResponseHeaders
{
    // Answers of the API are data: nothing in them is to be run, shown inside another page, or kept.
    private const string Nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Scripts and styles of this host only, as files.</summary>
    public const string OwnFiles =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Hangfire draws its bars by style attributes, and its fonts are in its own stylesheet.
    private const string Hangfire =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Its settings are a script inside of the page.
    private const string Scalar =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void UseResponseHeaders(this WebApplication app)
    {
        app.Use(
            (http, next) =>
            {
                // Now: what is mapped below a path cuts it off.
                var policy = PolicyOf(http.Request.Path);
                http.Response.OnStarting(() =>
                {
                    Write(http.Response.Headers, policy);
                    return Task.CompletedTask;
                });
                return next(http);
            }
        );
        if (app.Environment.IsProduction())
            app.UseHsts();
    }

    private static string PolicyOf(PathString path) =>
        path.StartsWithSegments(DashboardSetup.Path, StringComparison.OrdinalIgnoreCase) ? Hangfire
        : path.StartsWithSegments(ApiDescription.PagePath, StringComparison.OrdinalIgnoreCase) ? Scalar
        : Nothing;

    private static void Write(IHeaderDictionary headers, string policy)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = policy;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
    }
}
