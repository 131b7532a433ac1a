using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Dashboard;

public sealed partial class OlderJobsTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_job_is_on_one_page_or_the_next()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var jobs = new JobClient(host.Http);
        var ids = new List<string>();
        for (var n = 0; n < 53; n++)
            ids.Add((await jobs.SubmitAsync(new { urls = new[] { "https://example.org/" } }, Cancel)).Id());
        using var visitor = new Visitor(host);

        var first = await visitor.ReadAsync("/hangfire/ledger/table", Cancel);
        var second = await visitor.ReadAsync(Older.Match(first).Groups["path"].Value, Cancel);

        ids.Reverse();
        Assert.Equal(ids[..50], Rows.Matches(first).Select(match => match.Groups["id"].Value));
        Assert.Equal(ids[50..], Rows.Matches(second).Select(match => match.Groups["id"].Value));
        Assert.DoesNotMatch(Older, second);
    }

    [GeneratedRegex("data-focus=\"Older\" href=\"(?<path>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Older { get; }

    [GeneratedRegex("<tr id=\"job-(?<id>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Rows { get; }
}
