using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class SubmissionAcceptanceTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_example_of_the_documentation_is_accepted_with_its_nulls()
    {
        using var response = await PostAsync(
            $$"""
            { "urls": ["{{running.Peer.Url}}/json/1", { "url": "{{running.Peer.Url}}/json/2", "key": "row-2", "headers": { } }],
              "options": { "concurrency": 10, "perHostConcurrency": 10, "itemTimeout": "00:00:10", "jobTimeout": null,
                "retry": { "maxAttempts": 3, "baseDelay": "00:00:01", "maxDelay": "00:01:00" }, "maxBodyBytes": 1048576, "tolerateFailedPercent": 100 },
              "tags": ["nightly"], "uniqueKey": null, "startAt": null, "deadline": null, "after": null }
            """
        );

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal($"/v1/jobs/{job.Id()}", response.Headers.Location?.ToString());
        Assert.Equal(("queued", "fetch", "fetch"), (job.State(), Text(job, "kind"), Text(job, "queue")));
        Assert.Equal("""["nightly"]""", job.GetProperty("tags").GetRawText());
        var end = await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
        Assert.Equal(("succeeded", 2), (end.State(), end.Progress("succeeded")));
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal([$"{running.Peer.Url}/json/1", "row-2"], lines.Select(line => Text(line, "key")));
    }

    [Fact]
    public async Task Nulls_everywhere_mean_the_defaults_and_the_job_shows_them()
    {
        using var response = await PostAsync(
            $$"""
            {"tags":null,"options":{"concurrency":null,"itemTimeout":null,"retry":{"maxAttempts":null,"maxDelay":null} },
             "urls":[{"key":null,"headers":null,"url":"{{running.Peer.Url}}/json/1"}]}
            """
        );

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        var expected = """
            {"concurrency":10,"perHostConcurrency":10,"itemTimeout":"00:00:10","jobTimeout":null,
             "retry":{"maxAttempts":3,"baseDelay":"00:00:01","maxDelay":"00:01:00"},
             "maxBodyBytes":1048576,"tolerateFailedPercent":100}
            """;
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), job.GetProperty("options")));
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/vnd.example+json")]
    public async Task Json_under_any_of_its_names_is_accepted(string mediaType)
    {
        using var response = await PostAsync($"\uFEFF{{\"urls\":[\"{running.Peer.Url}/json/1\"]}} \n", mediaType);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Options_before_or_after_the_list_mean_the_same()
    {
        var list = $"\"urls\":[\"{running.Peer.Url}/json/1\"]";
        const string Options = "\"options\":{\"itemTimeout\":\"PT7S\",\"concurrency\":3}";

        using var before = await PostAsync($"{{{Options},{list}}}");
        using var after = await PostAsync($"{{{list},{Options}}}");

        var first = JsonElement.Parse(await before.Content.ReadAsStringAsync(Cancel)).GetProperty("options");
        var second = JsonElement.Parse(await after.Content.ReadAsStringAsync(Cancel)).GetProperty("options");
        Assert.Equal("00:00:07", Text(first, "itemTimeout"));
        Assert.True(JsonElement.DeepEquals(first, second));
    }

    [Fact]
    public async Task A_thousand_items_of_one_key_are_a_thousand_lines()
    {
        var urls = Enumerable.Range(0, 1000).Select(n => new { url = $"{running.Peer.Url}/json/{n}", key = "same" });

        var job = await running.Jobs.RunAsync(
            new { urls, options = new { concurrency = 50, perHostConcurrency = 50 } },
            Cancel
        );

        Assert.Equal(1000, job.Progress("succeeded"));
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal(Enumerable.Range(0, 1000), lines.Select(line => line.GetProperty("seq").GetInt32()));
        Assert.All(lines, line => Assert.Equal("same", Text(line, "key")));
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private async Task<HttpResponseMessage> PostAsync(string body, string mediaType = "application/json")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.Add("Content-Type", mediaType);
        return await running.Host.Http.PostAsync("/v1/jobs/fetch", content, Cancel);
    }
}
