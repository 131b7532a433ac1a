using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class JobControlTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly object Once = new { retry = new { maxAttempts = 1 }, itemTimeout = "00:10:00" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_job_is_neither_retried_nor_erased_and_can_be_cancelled()
    {
        var id = await StartHangingAsync();

        using var retry = await PostAsync(id, "retry");
        await retry.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        using var erase = await running.Host.Http.DeleteAsync($"/v1/jobs/{id}", Cancel);
        var problem = await erase.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Contains("running", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var cancel = await PostAsync(id, "cancel");
        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);

        var job = await running.Jobs.WaitForEndAsync(id, Cancel);
        Assert.Equal(("cancelled", 1, 1), (job.State(), job.Progress("succeeded"), job.Progress("pending")));
    }

    [Fact]
    public async Task A_finished_job_cannot_be_cancelled()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);

        using var response = await PostAsync(job.Id(), "cancel");

        var problem = await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Contains("succeeded", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_a_cancelled_job_again_changes_nothing()
    {
        var id = await StartHangingAsync();
        using var first = await PostAsync(id, "cancel");
        var ended = await running.Jobs.WaitForEndAsync(id, Cancel);

        using var second = await PostAsync(id, "cancel");

        var now = await running.Jobs.GetAsync(id, Cancel);
        Assert.Equal(ended.GetProperty("finishedAt").GetString(), now.GetProperty("finishedAt").GetString());
        Assert.Equal((HttpStatusCode.OK, "cancelled"), (second.StatusCode, now.State()));
    }

    [Fact]
    public async Task A_job_whose_items_all_succeeded_has_nothing_to_retry()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await PostAsync(job.Id(), "retry");

        await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_retry_is_a_new_job_of_what_failed_or_never_ran_with_the_same_options_and_tags()
    {
        var id = await StartHangingAsync("/status/404");
        using var cancel = await PostAsync(id, "cancel");
        await running.Jobs.WaitForEndAsync(id, Cancel);

        using var response = await PostAsync(id, "retry");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var retry = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal($"/v1/jobs/{retry.Id()}", response.Headers.Location?.ToString());
        Assert.Equal(id, retry.GetProperty("retryOf").GetString());
        Assert.Equal("""["kept"]""", retry.GetProperty("tags").GetRawText());
        Assert.Equal("00:10:00", retry.GetProperty("options").GetProperty("itemTimeout").GetString());
        await running.Jobs.WaitForAsync(retry.Id(), job => job.Progress("failed") == 1, Cancel);
        using var end = await PostAsync(retry.Id(), "cancel");
        await running.Jobs.WaitForEndAsync(retry.Id(), Cancel);
        var lines = await running.Jobs.ResultsAsync(retry.Id(), Cancel);
        Assert.Equal(
            ["/status/404", "/hang"],
            lines.Select(line => new Uri(line.GetProperty("key").GetString()!).AbsolutePath)
        );
    }

    [Fact]
    public async Task An_erased_job_is_gone_with_its_results()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);

        using var erased = await running.Host.Http.DeleteAsync($"/v1/jobs/{job.Id()}", Cancel);
        using var again = await running.Host.Http.DeleteAsync($"/v1/jobs/{job.Id()}", Cancel);
        using var gone = await running.Host.Http.GetAsync($"/v1/jobs/{job.Id()}", Cancel);
        using var results = await running.Host.Http.GetAsync($"/v1/jobs/{job.Id()}/results", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        await again.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
        await gone.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
        await results.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
    }

    /// <summary>A job whose first item is done, and whose last one hangs.</summary>
    private async Task<string> StartHangingAsync(string? between = null)
    {
        string?[] paths = ["/json/1", between, "/hang"];
        var urls = paths.Where(path => path is not null).Select(path => running.Peer.Url + path);
        var job = await running.Jobs.SubmitAsync(
            new
            {
                urls,
                options = Once,
                tags = new[] { "kept" },
            },
            Cancel
        );
        var pending = await running.Jobs.WaitForAsync(job.Id(), now => now.Progress("pending") == 1, Cancel);
        return pending.Id();
    }

    private Task<HttpResponseMessage> PostAsync(string id, string verb) =>
        running.Host.Http.PostAsync($"/v1/jobs/{id}/{verb}", content: null, Cancel);
}
