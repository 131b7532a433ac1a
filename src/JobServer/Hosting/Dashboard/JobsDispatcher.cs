using Hangfire.Dashboard;

namespace JobServer.Hosting.Dashboard;

/// <summary>Loads first and renders then: Hangfire's pages render without waiting.</summary>
internal sealed class JobsDispatcher(Func<JobsView, RazorPage> page) : IDashboardDispatcher
{
    public async Task Dispatch(DashboardContext context)
    {
        var http = context.GetHttpContext();
        var loader = http.RequestServices.GetRequiredService<JobsLoader>();
        var view = await loader.LoadAsync(http, context.Storage.JobExpirationTimeout, http.RequestAborted);

        // Only a route of Hangfire's can give a page its context.
        var route = new Hangfire.Dashboard.RouteCollection();
        route.AddRazorPage("/", _ => page(view));
        await route.FindDispatcher("/").Item1.Dispatch(context);
    }
}
