using JobServer.Hosting.Dashboard;
using JobServer.Ledger;

namespace JobServer.Tests.Hosting.Dashboard;

public sealed class JobsTableTests
{
    private static readonly Places Places = new("/base/hangfire", "/base", "http://jobs.example/base");
    private static readonly JobsQuery Everything = new(null, null, null, null);

    [Fact]
    public void Page_without_jobs_tells_how_to_submit_the_first()
    {
        var html = JobsTable.Render(View(Everything)).ToString();

        Assert.Contains("curl http://jobs.example/base/v1/jobs/fetch \\", html, StringComparison.Ordinal);
        Assert.Contains("""-d '{"urls": ["https://example.org/"]}'""", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_that_finds_nothing_offers_the_way_back()
    {
        var html = JobsTable.Render(View(Everything with { State = JobState.Expired })).ToString();

        Assert.DoesNotContain("curl", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/base/hangfire/ledger\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_is_written_as_it_is_read()
    {
        var query = new JobsQuery(JobState.PartiallySucceeded, "fetch", "a & b=ü", Guid.CreateVersion7());

        var parsed = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query.ToQueryString());

        Assert.Equal(query, JobsQuery.Read(new Microsoft.AspNetCore.Http.QueryCollection(parsed)));
    }

    private static JobsView View(JobsQuery query) =>
        new(
            query,
            [],
            HasOlder: false,
            Array.Empty<Guid>().ToLookup(id => id, _ => (0, 0L)),
            new Dictionary<Guid, TopErrors>(),
            ["fetch"],
            new HashSet<string>(),
            IsReadOnly: false,
            DateTimeOffset.UnixEpoch,
            TimeSpan.FromDays(1),
            Places
        );
}
