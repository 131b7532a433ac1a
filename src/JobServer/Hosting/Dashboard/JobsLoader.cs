using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Hosting.Dashboard;

/// <summary>Gathers a page of jobs in three statements, however many jobs are on it.</summary>
internal sealed class JobsLoader(JobStore jobs, LaneStore lanes, ErrorCache errors, JobKinds kinds, TimeProvider time)
{
    public async Task<JobsView> LoadAsync(HttpContext http, TimeSpan lanesKeptFor, CancellationToken cancellationToken)
    {
        var query = JobsQuery.Read(http.Request.Query);
        var found = await jobs.ListAsync(
            JobKey.DefaultTenant,
            query.Kind,
            query.State,
            query.Tag,
            schedule: null,
            query.Before,
            JobsQuery.PageSize + 1,
            cancellationToken
        );
        var page = found.Take(JobsQuery.PageSize).ToList();
        return new JobsView(
            query,
            page,
            HasOlder: found.Count > page.Count,
            await lanes.HangfireJobsAsync(JobKey.DefaultTenant, page.Select(job => job.Key.Id), cancellationToken),
            await errors.OfAsync(page, cancellationToken),
            [.. kinds.All.Select(kind => kind.Name)],
            kinds.All.Where(kind => kind.HasReport).Select(kind => kind.Name).ToHashSet(),
            DashboardAccess.RightsOf(http) < VisitorRights.Act,
            time.GetUtcNow(),
            lanesKeptFor,
            Places.Of(http.Request)
        );
    }
}
