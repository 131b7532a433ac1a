using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class RetrySelectionTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exactly_the_selected_items_are_repeated_in_a_job_that_names_the_first()
    {
        await using var other = await Peer.StartAsync();
        string[] urls =
        [
            $"{running.Peer.Url}/json/1",
            $"{running.Peer.Url}/status/404",
            $"{running.Peer.Url}/status/500",
            $"{other.Url}/status/404",
            $"{running.Peer.Url}/json/2",
            $"{other.Url}/status/500",
        ];
        var job = await running.Jobs.RunAsync(new { urls, options = new { retry = new { maxAttempts = 1 } } }, Cancel);
        var host = new Uri(other.Url).Authority;

        Assert.Equal(new List<int> { 1, 2, 3, 5 }, await KeysAsync(job, "{}"));
        Assert.Equal(new List<int> { 1, 2, 3, 5 }, await KeysAsync(job, """{"state":"failed"}"""));
        Assert.Equal(new List<int> { 1, 3 }, await KeysAsync(job, """{"errorCode":"http_404"}"""));
        Assert.Equal(new List<int> { 3, 5 }, await KeysAsync(job, $$"""{"host":"{{host}}"}"""));
        Assert.Equal(
            new List<int> { 5 },
            await KeysAsync(job, $$"""{"state":"failed","errorCode":"http_500","host":"{{host}}"}""")
        );
        Assert.Equal(new List<int> { 0, 4 }, await KeysAsync(job, """{"state":"succeeded"}"""));

        async Task<List<int>> KeysAsync(JsonElement of, string selection)
        {
            using var answer = await RetryAsync(of.Id(), selection);
            var body = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.StatusCode == HttpStatusCode.Accepted, body);
            var again = JsonElement.Parse(body);
            Assert.Equal(of.Id(), again.GetProperty("retryOf").GetString());
            await running.Jobs.WaitForEndAsync(again.Id(), Cancel);
            var lines = await running.Jobs.ResultsAsync(again.Id(), Cancel);
            return [.. lines.Select(line => Array.IndexOf(urls, line.GetProperty("key").GetString()))];
        }
    }

    [Fact]
    public async Task What_never_ran_can_be_selected_by_itself()
    {
        string[] urls = [$"{running.Peer.Url}/status/404", $"{running.Peer.Url}/hang", $"{running.Peer.Url}/json/1"];
        var job = await running.Jobs.SubmitAsync(
            new
            {
                urls,
                options = new
                {
                    concurrency = 1,
                    itemTimeout = "00:10:00",
                    retry = new { maxAttempts = 1 },
                },
            },
            Cancel
        );
        await running.Jobs.WaitForAsync(job.Id(), now => now.Progress("failed") == 1, Cancel);
        using var cancel = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        using var answer = await RetryAsync(job.Id(), """{"state":"not_run"}""");

        var again = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal((HttpStatusCode.Accepted, 2), (answer.StatusCode, again.Progress("total")));
        using var end = await running.Host.Http.PostAsync($"/v1/jobs/{again.Id()}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(again.Id(), Cancel);
    }

    [Fact]
    public async Task Selected_records_of_an_enrichment_are_read_again_from_where_they_were()
    {
        var job = await EndAsync(
            "/v1/jobs/enrichment",
            """
            {"input":{"records":[{"n":"a"},{"n":"b","x":1},{"n":"c"}]},
             "steps":[{"type":"score","field":"n","into":"score","modulo":100},{"type":"set","field":"done","value":true}]}
            """
        );

        var again = await EndAsync($"/v1/jobs/{job.Id()}/retry", """{"state":"succeeded"}""");

        Assert.Equal(("succeeded", 3), (again.State(), again.Progress("total")));
        var before = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        var after = await running.Jobs.ResultsAsync(again.Id(), Cancel);
        Assert.Equal(
            before.Select(line => line.GetProperty("value").GetRawText()),
            after.Select(line => line.GetProperty("value").GetRawText())
        );
    }

    [Fact]
    public async Task A_selection_of_nothing_makes_nothing()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/status/404" } }, Cancel);

        using var answer = await RetryAsync(job.Id(), """{"errorCode":"http_500"}""");

        var problem = await answer.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Contains("selected", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selection_that_is_none_is_refused_with_every_fault()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/status/404" } }, Cancel);

        using var faulty = await RetryAsync(job.Id(), """{"state":"lost","errorCode":5,"host":"","which":1}""");
        using var vain = await RetryAsync(job.Id(), """{"state":"not_run","host":"a"}""");
        using var list = await RetryAsync(job.Id(), "[]");
        using var text = await RetryAsync(job.Id(), "{}", "text/plain");
        using var large = await RetryAsync(job.Id(), new string(' ', 20_000));

        var problem = await faulty.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["state", "errorCode", "host", "which"], problem.Fields());
        var other = await vain.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["state"], other.Fields());
        await list.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        await text.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", Cancel);
        await large.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body-too-large", Cancel);
    }

    private async Task<JsonElement> EndAsync(string path, string body)
    {
        using var answer = await running.Host.Http.PostAsync(path, Json(body), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return await running.Jobs.WaitForEndAsync(JsonElement.Parse(text).Id(), Cancel);
    }

    private Task<HttpResponseMessage> RetryAsync(string id, string selection, string type = "application/json") =>
        running.Host.Http.PostAsync($"/v1/jobs/{id}/retry", Json(selection, type), Cancel);

    private static StringContent Json(string body, string type = "application/json") => new(body, Encoding.UTF8, type);
}
