using System.Net;
using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Enrichment;
using Npgsql;

namespace JobServer.IntegrationTests.Dashboard;

public sealed partial class JobsPageTests : IClassFixture<RunningHost>, IDisposable
{
    private readonly RunningHost _running;
    private readonly Visitor _visitor;

    public JobsPageTests(RunningHost running)
    {
        _running = running;
        _visitor = new Visitor(running.Host);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _visitor.Dispose();

    [Fact]
    public async Task Root_leads_to_the_jobs_page()
    {
        using var response = await _visitor.GetAsync("/", Cancel);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/hangfire/ledger", response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Finished_job_is_shown_with_counts_and_with_links_that_lead_somewhere()
    {
        var job = await RunAsync("/json/1", "/json/2", "/status/404");

        var row = await _visitor.RowAsync(job, Cancel);

        Assert.Contains(">partially succeeded<", row, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"2 succeeded, 1 failed, 0 not run of 3\"", row, StringComparison.Ordinal);
        Assert.Contains(">66.6 %<", row, StringComparison.Ordinal);
        var links = Links.Matches(row).Select(match => match.Groups["path"].Value).ToList();
        Assert.Contains($"/v1/jobs/{job}", links);
        Assert.Contains($"/v1/jobs/{job}/results", links);
        Assert.Single(links, link => link.StartsWith("/hangfire/jobs/details/", StringComparison.Ordinal));
        foreach (var link in links)
            await _visitor.ReadAsync(link, Cancel);
    }

    [Fact]
    public async Task Failed_items_are_grouped_by_code_and_host_the_largest_three_first()
    {
        var job = await RunAsync(
            "/status/404?1",
            "/status/404?2",
            "/status/410?1",
            "/status/403?1",
            "/status/402?1",
            "/status/406?1"
        );

        var row = await _visitor.RowAsync(job, Cancel);

        var host = new Uri(_running.Peer.Url).Authority;
        Assert.Equal(["http_404", "http_402", "http_403"], Codes.Matches(row).Select(m => m.Groups["code"].Value));
        Assert.Contains($"<code>http_404</code> × 2 <span class=\"ledger-at\">at {host}</span>", row);
        Assert.Contains($"/v1/jobs/{job}/errors\">+2 more</a>", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejects_of_an_enrichment_are_grouped_beside_its_counts()
    {
        object[] records =
        [
            new { page = "status/404" },
            new { page = "json" },
            new { },
            new { page = (string?)null },
            5,
        ];
        var lookup = new
        {
            type = "lookup",
            url = _running.Peer.Url + "/{page}",
            into = "found",
        };
        var job = await _running.EnrichAsync(new { input = new { records }, steps = new[] { lookup } });

        var row = await _visitor.RowAsync(job.Id(), Cancel);
        var narrowed = await _visitor.ReadAsync("/hangfire/ledger?kind=enrichment", Cancel);

        var host = new Uri(_running.Peer.Url).Authority;
        Assert.Contains("aria-label=\"0 succeeded, 5 failed, 0 not run of 5\"", row, StringComparison.Ordinal);
        Assert.Contains($"<code>http_404</code> × 2 <span class=\"ledger-at\">at {host}</span>", row);
        Assert.Equal(
            ["http_404", "missing_field", "not_an_object"],
            Codes.Matches(row).Select(match => match.Groups["code"].Value)
        );
        Assert.Contains($"id=\"job-{job.Id()}\"", narrowed, StringComparison.Ordinal);
        await _visitor.WaitForAsync(
            "/hangfire/jobs/succeeded?count=500",
            $"enrichment {job.Id()[..13]}… lane 1/1",
            Cancel
        );
    }

    [Fact]
    public async Task Tag_that_looks_like_markup_stays_text()
    {
        const string tag = "<script>alert('x')</script>\"";
        var job = await _running.Jobs.RunAsync(new { urls = Urls("/json/1"), tags = new[] { tag } }, Cancel);

        var row = await _visitor.RowAsync(job.Id(), Cancel);
        var narrowed = await _visitor.ReadAsync($"/hangfire/ledger?tag={Uri.EscapeDataString(tag)}", Cancel);

        Assert.Contains("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;", row, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", row, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"id=\"job-{job.Id()}\"", narrowed, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", narrowed, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("?state=failed", false)]
    [InlineData("?state=succeeded", true)]
    [InlineData("?kind=fetch", true)]
    [InlineData("?kind=enrichment", false)]
    [InlineData("?tag=elsewhere", false)]
    [InlineData("?before=00000000-0000-7000-8000-000000000000", false)]
    [InlineData("?state=nonsense&before=nonsense&tag=%00", true)]
    public async Task Address_narrows_the_page_down(string query, bool isShown)
    {
        var job = await RunAsync("/json/1");

        var page = await _visitor.ReadAsync($"/hangfire/ledger{query}", Cancel);
        var table = await _visitor.ReadAsync($"/hangfire/ledger/table{query}", Cancel);

        Assert.Equal(isShown, page.Contains($"id=\"job-{job}\"", StringComparison.Ordinal));
        Assert.Contains(table, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lane_is_named_after_its_job()
    {
        var urls = Urls([.. Enumerable.Range(0, 600).Select(n => $"/json/{n}")]);
        var job = (await _running.Jobs.RunAsync(new { urls, options = new { concurrency = 200 } }, Cancel)).Id();

        // A job ends with its last item; Hangfire hears of its lanes a moment later.
        const string succeeded = "/hangfire/jobs/succeeded?count=500";
        await _visitor.WaitForAsync(succeeded, $"fetch {job[..13]}… lane 1/2", Cancel);
        await _visitor.WaitForAsync(succeeded, $"fetch {job[..13]}… lane 2/2", Cancel);
    }

    [Fact]
    public async Task Menu_begins_with_jobs_and_calls_those_of_hangfire_lanes()
    {
        var page = await _visitor.ReadAsync("/hangfire/servers", Cancel);

        var menu = MenuEntries.Matches(page).Select(match => match.Groups["text"].Value).ToList();
        Assert.Equal(["Jobs", "Lanes"], menu[..2]);
    }

    [Theory]
    [InlineData("/hangfire")]
    [InlineData("/hangfire/ledger")]
    [InlineData("/hangfire/servers")]
    public async Task Page_says_nothing_of_the_database(string path)
    {
        var page = await _visitor.ReadAsync(path, Cancel);

        var secrets = new NpgsqlConnectionStringBuilder(_running.Database.ConnectionString);
        Assert.DoesNotContain("PostgreSQL", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(secrets.Database!, page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Password", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(secrets.Password!, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_of_ours_would_run_under_a_strict_content_policy()
    {
        await RunAsync("/json/1", "/status/404");

        var table = await _visitor.ReadAsync("/hangfire/ledger/table", Cancel);
        var page = await _visitor.ReadAsync("/hangfire/ledger", Cancel);

        Assert.DoesNotMatch("(?i)<script|<style|\\sstyle=|\\son[a-z]+=|javascript:", table);
        Assert.Contains("ledger-progress", await AssetAsync(page, "<link rel=\"stylesheet\" href=\"(?<path>[^\"]+)\""));
        Assert.Contains("ledger-toggle", await AssetAsync(page, "<script src=\"(?<path>[^\"]+)\""));
    }

    [Fact]
    public async Task Lane_of_an_erased_job_still_has_a_name()
    {
        var job = await RunAsync("/json/1");
        using var erased = await _running.Host.Http.DeleteAsync($"/v1/jobs/{job}", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);

        await _visitor.WaitForAsync("/hangfire/jobs/succeeded?count=500", $"erased job {job[..13]}… lane 1", Cancel);
    }

    private async Task<string> RunAsync(params string[] paths)
    {
        var options = new { retry = new { maxAttempts = 1 } };
        return (await _running.Jobs.RunAsync(new { urls = Urls(paths), options }, Cancel)).Id();
    }

    private string[] Urls(params string[] paths) => [.. paths.Select(path => _running.Peer.Url + path)];

    private Task<string> AssetAsync(string page, string pattern) =>
        _visitor.ReadAsync(
            Regex.Match(page, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)).Groups["path"].Value,
            Cancel
        );

    [GeneratedRegex("href=\"(?<path>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Links { get; }

    [GeneratedRegex("<code>(?<code>[^<]+)</code>", RegexOptions.None, 1000)]
    private static partial Regex Codes { get; }

    [GeneratedRegex(
        "<li class=\"(active)?\">\\s*<a href=\"[^\"]+\">\\s*(?<text>\\w+)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex MenuEntries { get; }
}
