using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class PreferWaitTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task The_answer_has_the_results_of_at_most_a_hundred_items(int items, bool hasResults)
    {
        using var response = await PostAsync(running.Host, "wait=60", Enumerable.Range(0, items).Select(Json));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(("succeeded", items), (job.State(), job.Progress("succeeded")));
        Assert.Equal($"/v1/jobs/{job.Id()}", response.Headers.Location?.ToString());
        Assert.Equal(hasResults, job.TryGetProperty("results", out var results));
        if (hasResults)
            Assert.Equal(items, results.GetArrayLength());
    }

    [Theory]
    [InlineData("wait=60", "wait=60")]
    [InlineData("wait=\"60\"", "wait=60")]
    [InlineData("Wait = 60", "wait=60")]
    [InlineData("respond-async, wait=60", "wait=60")]
    [InlineData("handling=lenient; x=\"a,b\", wait=60; y=1", "wait=60")]
    [InlineData("wait=3600", "wait=60")]
    public async Task The_preference_is_understood_in_each_of_its_forms(string prefer, string applied)
    {
        using var response = await PostAsync(running.Host, prefer, [Json(1)]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([applied], response.Headers.GetValues("Preference-Applied"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("respond-async")]
    [InlineData("wait")]
    [InlineData("wait=")]
    [InlineData("wait=soon")]
    [InlineData("wait=-1")]
    [InlineData("wait=1.5")]
    [InlineData("unheard-of=5")]
    [InlineData("\"")]
    public async Task A_preference_that_is_not_understood_is_ignored(string? prefer)
    {
        using var response = await PostAsync(running.Host, prefer, [Json(1)]);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.False(response.Headers.Contains("Preference-Applied"));
    }

    [Theory]
    [InlineData("wait=0")]
    [InlineData("wait=1")]
    public async Task A_job_that_does_not_end_in_time_is_accepted_and_runs_on(string prefer)
    {
        using var response = await PostAsync(running.Host, prefer, [$"{running.Peer.Url}/hang"]);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.False(job.TryGetProperty("results", out _));
        await running.Jobs.WaitForAsync(job.Id(), now => now.State() == "running", Cancel);
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", content: null, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
    }

    [Fact]
    public async Task A_failed_job_is_answered_as_finished_too()
    {
        using var response = await PostAsync(running.Host, "wait=60", [$"{running.Peer.Url}/status/404"]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("failed", (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).State());
    }

    [Fact]
    public async Task A_retry_can_be_waited_for()
    {
        var url = $"{running.Peer.Url}/status/404";
        var job = await running.Jobs.RunAsync(new { urls = new[] { url } }, Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/jobs/{job.Id()}/retry");
        request.Headers.Add("Prefer", "wait=60");

        using var response = await running.Host.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var retry = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(url, retry.GetProperty("results")[0].GetProperty("key").GetString());
    }

    [Fact]
    public async Task A_host_without_workers_waits_for_what_another_host_runs()
    {
        await using var idle = await HostProcess.StartAsync(
            running.Database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );

        using var response = await PostAsync(idle, "wait=60", Enumerable.Range(0, 20).Select(Json));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(("succeeded", 20), (job.State(), job.GetProperty("results").GetArrayLength()));
        Assert.Contains($"Job {job.Id()} (fetch) accepted", idle.Log, StringComparison.Ordinal);
        Assert.DoesNotContain($"of job {job.Id()} (fetch) started", idle.Log, StringComparison.Ordinal);
        Assert.Contains($"of job {job.Id()} (fetch) started", running.Host.Log, StringComparison.Ordinal);
    }

    private string Json(int n) => $"{running.Peer.Url}/json/{n}";

    private static async Task<HttpResponseMessage> PostAsync(HostProcess host, string? prefer, IEnumerable<string> urls)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        if (prefer is not null)
            request.Headers.TryAddWithoutValidation("Prefer", prefer);
        request.Content = JsonContent.Create(new { urls, options = new { itemTimeout = "00:10:00" } });
        return await host.Http.SendAsync(request, Cancel);
    }
}
