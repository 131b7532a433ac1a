using System.Reflection;
using Hangfire.Dashboard;
using JobServer.Access;

namespace JobServer.Hosting.Dashboard;

/// <summary>Our page's places in the dashboard: its routes, its assets, its menu entry.</summary>
internal static class JobsMenu
{
    public const string Page = "/ledger";
    public const string Table = Page + "/table";

    private const string Job = Page + "/(?<id>[0-9a-f-]{36})";
    private static int _registered;

    /// <summary>Hangfire keeps routes and menus per process: once is enough for any number of hosts in it.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 1)
            return;
        DashboardRoutes.Routes.Add(Page, new JobsDispatcher(view => new JobsPage(view)));
        DashboardRoutes.Routes.Add(Table, new JobsDispatcher(view => new JobsTablePage(view)));
        DashboardRoutes.Routes.Add(Job + "/cancel", new JobActionDispatcher(JobActions.CancelAsync));
        DashboardRoutes.Routes.Add(Job + "/pause", new JobActionDispatcher(JobActions.PauseAsync));
        DashboardRoutes.Routes.Add(Job + "/resume", new JobActionDispatcher(JobActions.ResumeAsync));
        DashboardRoutes.Routes.Add(Job + "/retry", new JobActionDispatcher(JobActions.RetryAsync));
        var assembly = Assembly.GetExecutingAssembly();
        DashboardRoutes.AddJavaScript(assembly, "jobs.js");
        DashboardRoutes.AddStylesheet(assembly, "jobs.css");

        // Hangfire's own jobs are lanes of ours.
        var hangfireJobs = NavigationMenu.Items[0];
        NavigationMenu.Items[0] = page => Renamed(hangfireJobs(page), "Lanes");
        NavigationMenu.Items.Insert(
            0,
            page => new MenuItem("Jobs", page.Url.To(Page))
            {
                Active = page.RequestPath.StartsWith(Page, StringComparison.OrdinalIgnoreCase),
            }
        );
        NavigationMenu.Items.Add(page => new MenuItem("Sign out", SignOutUrl(page)));
    }

    /// <summary>The dashboard's place, and with it what a proxy put before it, is cut off.</summary>
    private static string SignOutUrl(RazorPage page)
    {
        var home = page.Url.Home();
        return home[..home.LastIndexOf(DashboardSetup.Path, StringComparison.Ordinal)] + SignInPages.SignOutPath;
    }

    private static MenuItem Renamed(MenuItem item, string text) =>
        new(text, item.Url)
        {
            Active = item.Active,
            Metric = item.Metric,
            Metrics = item.Metrics,
        };
}
