using Hangfire;
using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Hosting.Dashboard;

/// <summary>Hangfire's dashboard at <c>/hangfire</c>, with a page of our jobs in it.</summary>
internal static class DashboardSetup
{
    public const string Path = "/hangfire";

    public static void AddDashboard(this IServiceCollection services)
    {
        // Hangfire asks for tokens only where this is registered.
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "jobserver-form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddSingleton<LaneNames>();
        services.AddSingleton<ErrorCache>();
        services.AddSingleton<JobsLoader>();
    }

    /// <summary>Writes who pressed which button. Its pages ask for figures by a POST, too; that is none.</summary>
    public static void UseDashboardAudit(this WebApplication app) =>
        app.UseWhen(
            http =>
                HttpMethods.IsPost(http.Request.Method)
                && http.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase, out var rest)
                && rest != "/stats",
            buttons =>
                buttons.Use(
                    async (http, next) =>
                    {
                        await next(http);
                        if (
                            http.Response.StatusCode >= StatusCodes.Status400BadRequest
                            || Caller.Of(http) is not { } caller
                        )
                            return;
                        await http
                            .RequestServices.GetRequiredService<AuditStore>()
                            .InsertAsync(
                                caller.Tenant,
                                caller.Actor,
                                "PressButton",
                                http.Request.Path,
                                http.Response.StatusCode,
                                CancellationToken.None
                            );
                    }
                )
        );

    public static void MapDashboard(this WebApplication app)
    {
        JobsMenu.Register();
        var names = app.Services.GetRequiredService<LaneNames>();
        app.MapHangfireDashboard(
                Path,
                new DashboardOptions
                {
                    DashboardTitle = "JobServer",
                    Authorization = [new DashboardAccess()],
                    IsReadOnlyFunc = DashboardAccess.IsReadOnly,
                    DisplayNameFunc = names.NameOf,
                    // It holds host, database and user, which a visitor needs for nothing.
                    DisplayStorageConnectionString = false,
                    DarkModeEnabled = true,
                    StatsPollingInterval = 5000,
                    // There is no page behind this one to go back to.
                    AppPath = null,
                }
            )
            .NeedsAnyKey()
            .WithMetadata(TakesBrowserChanges.Instance);
        app.MapGet("/", () => TypedResults.LocalRedirect($"~{Path}{JobsMenu.Page}"))
            .NeedsAnyKey()
            .ExcludeFromDescription();
    }
}
