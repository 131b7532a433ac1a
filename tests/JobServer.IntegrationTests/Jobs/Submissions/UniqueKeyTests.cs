using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Submissions;

public sealed class UniqueKeyTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unfinished_job_keeps_its_key_and_is_named_to_who_wants_it()
    {
        var key = Guid.NewGuid().ToString();
        using var first = await SubmitAsync(key, "hang");
        var job = await first.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var rejected = await SubmitAsync(key, "hang");
        using var returned = await SubmitAsync(key, "hang", onConflict: "return");

        var problem = await rejected.ReadProblemAsync(HttpStatusCode.Conflict, "unique-key-taken", Cancel);
        Assert.Equal(job.Id(), problem.GetProperty("jobId").GetString());
        Assert.Equal(HttpStatusCode.Accepted, returned.StatusCode);
        Assert.Equal(job.Id(), (await returned.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id());
        Assert.Equal(key, job.GetProperty("uniqueKey").GetString());
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
        using var cancel = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
    }

    [Fact]
    public async Task A_finished_job_leaves_its_key_to_the_next()
    {
        var key = Guid.NewGuid().ToString();
        using var first = await SubmitAsync(key, "json/1");
        var job = await first.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        using var next = await SubmitAsync(key, "json/1");

        Assert.Equal(HttpStatusCode.Accepted, next.StatusCode);
        Assert.NotEqual(job.Id(), (await next.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id());
    }

    [Fact]
    public async Task Of_many_submissions_at_once_one_is_accepted()
    {
        var key = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SubmitAsync(key, "hang")));

        var accepted = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        var job = await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        foreach (var refused in answers.Where(answer => answer != accepted))
        {
            var problem = await refused.ReadProblemAsync(HttpStatusCode.Conflict, "unique-key-taken", Cancel);
            Assert.Equal(job.Id(), problem.GetProperty("jobId").GetString());
        }

        Array.ForEach(answers, answer => answer.Dispose());
        using var cancel = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
    }

    [Fact]
    public async Task A_conflict_leaves_the_Idempotency_Key_free()
    {
        var (key, request) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        using var first = await SubmitAsync(key, "hang");
        var job = await first.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        using var refused = await SubmitAsync(key, "json/1", request: request);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        using var cancel = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        using var again = await SubmitAsync(key, "json/1", request: request);

        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
    }

    private async Task<HttpResponseMessage> SubmitAsync(
        string uniqueKey,
        string path,
        string onConflict = "reject",
        string? request = null
    )
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        post.Content = JsonContent.Create(
            new
            {
                urls = new[] { $"{running.Peer.Url}/{path}" },
                options = new { itemTimeout = "00:10:00" },
                uniqueKey,
                onConflict,
            }
        );
        if (request is not null)
            post.Headers.Add("Idempotency-Key", request);
        return await running.Host.Http.SendAsync(post, Cancel);
    }
}
