using JobServer.Ledger;

namespace JobServer.Hosting.Dashboard;

/// <summary>All that one rendering of the Jobs page shows.</summary>
/// <param name="Now">By the clock of this host.</param>
internal sealed record JobsView(
    JobsQuery Query,
    IReadOnlyList<Job> Jobs,
    bool HasOlder,
    ILookup<Guid, (int Lane, long HangfireJobId)> Lanes,
    IReadOnlyDictionary<Guid, TopErrors> Errors,
    IReadOnlyList<string> Kinds,
    IReadOnlySet<string> KindsWithReport,
    bool IsReadOnly,
    DateTimeOffset Now,
    TimeSpan LanesKeptFor,
    Places Places
);

/// <summary>Addresses, under whatever path this host is mounted.</summary>
/// <param name="Origin">Scheme and host a visitor reached it by, and that path.</param>
internal sealed record Places(string Dashboard, string Root, string Origin)
{
    public static Places Of(HttpRequest request)
    {
        var dashboard = request.PathBase.ToUriComponent();
        var root = dashboard[..^DashboardSetup.Path.Length];
        return new Places(dashboard, root, $"{request.Scheme}://{request.Host.ToUriComponent()}{root}");
    }

    public string Page(JobsQuery query) => $"{Dashboard}{JobsMenu.Page}{query.ToQueryString()}";

    public string Table(JobsQuery query) => $"{Dashboard}{JobsMenu.Table}{query.ToQueryString()}";

    public string Action(Guid job, string action) => $"{Dashboard}{JobsMenu.Page}/{job}/{action}";

    public string HangfireJob(long id) => $"{Dashboard}/jobs/details/{id}";
}
