using Hangfire;

namespace JobServer.Hosting.Dashboard;

/// <summary>Hangfire's dashboard at <c>/hangfire</c>, with a page of our jobs in it.</summary>
internal static class DashboardSetup
{
    public const string Path = "/hangfire";

    public static void AddDashboard(this IServiceCollection services)
    {
        services
            .AddOptions<DashboardAccessOptions>()
            .BindConfiguration(DashboardAccessOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        // Hangfire asks for tokens only where this is registered.
        services.AddAntiforgery();
        services.AddSingleton<DashboardAccess>();
        services.AddSingleton<LaneNames>();
        services.AddSingleton<ErrorCache>();
        services.AddSingleton<JobsLoader>();
    }

    public static void MapDashboard(this WebApplication app)
    {
        JobsMenu.Register();
        var access = app.Services.GetRequiredService<DashboardAccess>();
        var names = app.Services.GetRequiredService<LaneNames>();
        app.MapHangfireDashboard(
            Path,
            new DashboardOptions
            {
                DashboardTitle = "JobServer",
                Authorization = [access],
                IsReadOnlyFunc = access.IsReadOnly,
                DisplayNameFunc = names.NameOf,
                // It holds host, database and user, which a visitor needs for nothing.
                DisplayStorageConnectionString = false,
                DarkModeEnabled = true,
                StatsPollingInterval = 5000,
                // There is no page behind this one to go back to.
                AppPath = null,
            }
        );
        app.MapGet("/", () => TypedResults.LocalRedirect($"~{Path}{JobsMenu.Page}")).ExcludeFromDescription();
    }
}
