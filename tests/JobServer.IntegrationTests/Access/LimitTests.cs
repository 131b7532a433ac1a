using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

public sealed class LimitTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await cluster.CreateDatabaseAsync(Cancel);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Requests_beyond_the_quota_of_a_key_are_told_when_to_come_back()
    {
        await using var host = await StartAsync("Limits__RequestsPerMinute", "5");
        using var busy = await host.ClientOfAsync("default", Cancel, "jobs:read");
        using var other = await host.ClientOfAsync("default", Cancel, "jobs:read");

        var left = new List<string>();
        HttpResponseMessage answer;
        while ((answer = await busy.GetAsync("/v1/jobs", Cancel)).StatusCode == HttpStatusCode.OK)
        {
            left.Add(answer.Headers.GetValues("RateLimit").Single());
            answer.Dispose();
            Assert.True(left.Count < 20, "There is no limit.");
        }

        using (answer)
        {
            await answer.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests", Cancel);
            Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
            Assert.Equal("\"requests\";q=5;w=60", answer.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith(
                "\"requests\";r=0;t=",
                answer.Headers.GetValues("RateLimit").Single(),
                StringComparison.Ordinal
            );
        }

        Assert.StartsWith("\"requests\";r=4;t=12", left[0], StringComparison.Ordinal);
        using var others = await other.GetAsync("/v1/jobs", Cancel);
        Assert.Equal(HttpStatusCode.OK, others.StatusCode);
    }

    [Fact]
    public async Task Strangers_share_a_quota_by_their_address_and_probes_and_the_first_key_have_none()
    {
        await using var host = await StartAsync("Limits__RequestsPerMinute", "3");
        using var stranger = host.ClientOf(
            "jsk_01999999000070008000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        );

        var statuses = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var refused = await stranger.GetAsync("/v1/jobs", Cancel);
            statuses.Add(refused.StatusCode);
            using var probe = await stranger.GetAsync("/health/ready", Cancel);
            Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
            using var first = await host.Http.GetAsync("/v1/jobs", Cancel);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], statuses.Order());
    }

    [Fact]
    public async Task A_tenant_with_too_many_jobs_gets_a_place_when_one_has_ended()
    {
        await using var host = await StartAsync("Limits__UnfinishedJobs", "3");
        using var full = await host.ClientOfAsync("full", Cancel, "jobs:read", "jobs:write");
        using var other = await host.ClientOfAsync("other", Cancel, "jobs:read", "jobs:write");

        var jobs = new List<string>();
        for (var i = 0; i < 3; i++)
            jobs.Add(await AcceptedAsync(full));
        using var refused = await SubmitAsync(full);
        await AcceptedAsync(other);
        using var cancelled = await full.PostAsync($"/v1/jobs/{jobs[0]}/cancel", content: null, Cancel);

        var problem = await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-jobs", Cancel);
        Assert.Contains("Limits:UnfinishedJobs", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        HttpResponseMessage again;
        var tries = 0;
        while ((again = await SubmitAsync(full)).StatusCode == HttpStatusCode.TooManyRequests)
        {
            again.Dispose();
            await Task.Delay(20, Cancel);
            Assert.True(tries++ < 500, "The place of a job that has ended is not given away.");
        }

        using (again)
            Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
    }

    [Fact]
    public async Task A_tenant_that_stored_too_much_stores_again_after_erasing()
    {
        await using var host = await StartAsync("Limits__StoredBytes", "1000");
        using var client = await host.ClientOfAsync("default", Cancel, "jobs:read", "jobs:write");

        using var first = await UploadAsync(client, 2000);
        var file = await first.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        using var second = await UploadAsync(client, 10);
        using var records = await client.PostAsJsonAsync(
            "/v1/jobs/enrichment",
            new { input = new { records = new[] { new { id = 1 } } }, steps = new[] { new { type = "processedAt" } } },
            Cancel
        );
        using var erased = await client.DeleteAsync($"/v1/files/{file.Id()}", Cancel);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await second.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-much-stored", Cancel);
        await records.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-much-stored", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        HttpResponseMessage again;
        var tries = 0;
        while ((again = await UploadAsync(client, 10)).StatusCode == HttpStatusCode.TooManyRequests)
        {
            again.Dispose();
            await Task.Delay(20, Cancel);
            Assert.True(tries++ < 500, "What was erased still counts.");
        }

        using (again)
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    private Task<HostProcess> StartAsync(string setting, string value) =>
        HostProcess.StartAsync(
            _database.ConnectionString,
            new Dictionary<string, string>(HostProcess.NoWorkers) { [setting] = value },
            Cancel
        );

    private static async Task<string> AcceptedAsync(HttpClient client)
    {
        using var response = await SubmitAsync(client);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
    }

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient client) =>
        client.PostAsJsonAsync("/v1/jobs/fetch", new { urls = new[] { "http://127.0.0.1:9/" } }, Cancel);

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, int bytes)
    {
        using var csv = new StringContent($"id\n{new string('1', bytes)}\n", Encoding.UTF8, "text/csv");
        return await client.PostAsync("/v1/files", csv, Cancel);
    }
}
