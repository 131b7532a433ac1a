using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Deque.AxeCore.Playwright;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class ReportEndpointTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Http => running.Host.Http;

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("text/html", "text/html")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")]
    public async Task Accept_chooses_between_json_and_page(string? accept, string contentType)
    {
        var job = await RunAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/report");
        if (accept is not null)
            request.Headers.Add("Accept", accept);

        using var response = await Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Fact]
    public async Task Page_of_a_real_job_opens_in_a_browser()
    {
        var job = await RunAsync("delay-sequential", "delay-async", "cpu-sequential", "cpu-vectorized");
        var url = new Uri(Http.BaseAddress!, $"/v1/jobs/{job}/report").AbsoluteUri;

        await using var browser = await Browser.OpenAsync(url, key: HostProcess.Key);

        Assert.Equal(200, browser.Response.Status);
        Assert.Equal([url], browser.Requests);
        Assert.Empty(browser.Said);
        Assert.Contains("4 contenders", await browser.Page.TextContentAsync("h1"), StringComparison.Ordinal);
        Assert.Contains("delay-async", await browser.Page.TextContentAsync("main"), StringComparison.Ordinal);
        var found = await browser.Page.RunAxe();
        Assert.DoesNotContain(found.Violations, violation => violation.Impact is "serious" or "critical");
    }

    [Fact]
    public async Task Two_jobs_stand_side_by_side()
    {
        var (one, other) = (await RunAsync(), await RunAsync());

        var report = await Http.GetFromJsonAsync<JsonElement>($"/v1/jobs/{one}/report?compareWith={other}", Cancel);

        var comparison = report.GetProperty("comparison");
        Assert.Equal(other, comparison.GetProperty("with").Id());
        Assert.Equal(
            ["delay-sequential", "delay-async"],
            comparison.GetProperty("strategies").EnumerateArray().Select(strategy => strategy.Text("name"))
        );
        Assert.All(
            comparison.GetProperty("strategies").EnumerateArray(),
            strategy => Assert.True(strategy.GetProperty("ratio").GetProperty("value").GetDouble() > 0)
        );
    }

    [Fact]
    public async Task What_has_no_report_is_said_to_have_none()
    {
        var fetch = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
        var job = await RunAsync();
        var unknown = Guid.CreateVersion7();

        await RefusedAsync($"/v1/jobs/{unknown}/report", HttpStatusCode.NotFound, "unknown-job");
        await RefusedAsync($"/v1/jobs/{fetch.Id()}/report", HttpStatusCode.NotFound, "no-report");
        await RefusedAsync($"/v1/jobs/{job}/report?compareWith={unknown}", HttpStatusCode.NotFound, "unknown-job");
        foreach (var other in new[] { "nobody", "", job, fetch.Id() })
            await RefusedAsync(
                $"/v1/jobs/{job}/report?compareWith={other}",
                HttpStatusCode.BadRequest,
                "invalid-request"
            );
        Assert.False(fetch.GetProperty("links").TryGetProperty("report", out _));
    }

    [Fact]
    public async Task What_cannot_be_given_is_not_acceptable()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{await RunAsync()}/report");
        request.Headers.Add("Accept", "image/png");

        using var response = await Http.SendAsync(request, Cancel);

        await response.ReadProblemAsync(HttpStatusCode.NotAcceptable, "not-acceptable", Cancel);
    }

    [Fact]
    public async Task Jobs_page_leads_to_the_report()
    {
        var job = await RunAsync();

        var page = await Http.GetStringAsync($"/hangfire/ledger?kind=benchmark", Cancel);

        Assert.Contains($"href=\"/v1/jobs/{job}/report\"", page, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string path, HttpStatusCode status, string type)
    {
        using var response = await Http.GetAsync(path, Cancel);
        await response.ReadProblemAsync(status, type, Cancel);
    }

    private async Task<string> RunAsync(params string[] strategies) =>
        (
            await Http.RunBenchmarkAsync(
                new
                {
                    strategies = strategies.Length == 0 ? ["delay-sequential", "delay-async"] : strategies,
                    delays = 3,
                    delay = "00:00:00.002",
                    numbers = 300,
                    rounds = 6,
                    warmup = 1,
                }
            )
        ).Id();
}
