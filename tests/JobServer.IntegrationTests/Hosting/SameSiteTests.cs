using System.Net;
using System.Net.Http.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Hosting;

public sealed class SameSiteTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "/v1/jobs/fetch", "cross-site")]
    [InlineData("POST", "/v1/jobs/fetch", "same-site")]
    [InlineData("POST", "/v1/jobs/01999999-0000-7000-8000-000000000000/cancel", "cross-site")]
    [InlineData("DELETE", "/v1/jobs/01999999-0000-7000-8000-000000000000", "cross-site")]
    [InlineData("POST", "/hangfire/jobs/enqueued/delete", "cross-site")]
    public async Task A_change_that_another_site_sends_is_forbidden(string method, string path, string site)
    {
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await SendAsync(method, path, site);

        await response.ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden", Cancel);
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Theory]
    [InlineData("POST", "/v1/jobs/fetch", "same-origin", HttpStatusCode.Accepted)]
    [InlineData("POST", "/v1/jobs/fetch", "none", HttpStatusCode.Accepted)]
    [InlineData("POST", "/v1/jobs/fetch", null, HttpStatusCode.Accepted)]
    [InlineData("GET", "/v1/jobs", "cross-site", HttpStatusCode.OK)]
    public async Task Others_are_let_through(string method, string path, string? site, HttpStatusCode status)
    {
        using var response = await SendAsync(method, path, site);

        Assert.Equal(status, response.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? site)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        if (method == "POST")
            request.Content = JsonContent.Create(new { urls = new[] { $"{running.Peer.Url}/json/1" } });
        return await running.Host.Http.SendAsync(request, Cancel);
    }
}
