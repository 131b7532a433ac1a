using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Hosting;

namespace JobServer.IntegrationTests.Access;

/// <summary>What one tenant has is not there for another, whatever it asks for and however.</summary>
public sealed class TenantTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Mark = "only-for-acme";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("jobs:read", "jobs:write", "benchmark", "schedules:write")]
    [InlineData("admin")]
    public async Task Another_tenant_finds_nothing_on_any_route(params string[] scopes)
    {
        var tenant = $"rival-{scopes.Length}";
        using var acme = await running.Host.ClientOfAsync("acme", Cancel, "admin");
        using var rival = await running.Host.ClientOfAsync(tenant, Cancel, scopes);
        var things = await MakeThingsAsync(acme);
        var routes = await MappedRoutes.ReadAsync(running.Database.ConnectionString, Cancel);
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        var asked = 0;
        foreach (var route in routes.Where(route => route.Contains(" /v1/", StringComparison.Ordinal)))
        {
            foreach (var id in route.Contains('{') ? things : [""])
            {
                using var response = await SendAsync(rival, route, id);
                var text = await response.Content.ReadAsStringAsync(Cancel);
                Assert.False(Tells(text, things, id), $"{route} of {id} answered {text}");
                if (id.Length > 0)
                    Assert.True(
                        response.StatusCode
                            is HttpStatusCode.NotFound
                                or HttpStatusCode.Forbidden
                                or HttpStatusCode.BadRequest
                                or HttpStatusCode.UnsupportedMediaType,
                        $"{route} of {id} answered {response.StatusCode}: {text}"
                    );
                asked++;
            }
        }

        Assert.True(asked > 100, $"Only {asked} requests were sent.");
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
        foreach (var path in new[] { $"jobs/{things[0]}", $"files/{things[1]}", $"schedules/{things[2]}" })
            Assert.Contains(Mark, await acme.GetStringAsync($"/v1/{path}", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_builds_on_what_another_tenant_has()
    {
        using var acme = await running.Host.ClientOfAsync("acme", Cancel, "admin");
        using var rival = await running.Host.ClientOfAsync("rival", Cancel, "admin");
        var things = await MakeThingsAsync(acme);

        foreach (var input in new object[] { new { fileId = things[1] }, new { fromJob = things[0] } })
        {
            using var response = await rival.PostAsJsonAsync("/v1/jobs/enrichment", Enriching(input), Cancel);
            var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
            Assert.Contains("does not exist", problem.GetProperty("errors").ToString(), StringComparison.Ordinal);
            using var plan = await rival.PostAsJsonAsync("/v1/jobs/enrichment/plan", Enriching(input), Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, plan.StatusCode);
        }
    }

    [Fact]
    public async Task Names_that_clients_choose_are_each_tenants_own()
    {
        using var acme = await running.Host.ClientOfAsync("acme", Cancel, "admin");
        using var rival = await running.Host.ClientOfAsync("rival", Cancel, "admin");
        var body = new { urls = new[] { $"{running.Peer.Url}/json/1" }, uniqueKey = "same" };

        var jobs = new List<string>();
        foreach (var client in new[] { acme, rival })
        {
            using var schedule = await client.PutAsJsonAsync("/v1/schedules/same", Daily(Mark), Cancel);
            Assert.Equal(HttpStatusCode.Created, schedule.StatusCode);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
            request.Headers.Add("Idempotency-Key", "same");
            request.Content = JsonContent.Create(body);
            using var job = await client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Accepted, job.StatusCode);
            jobs.Add((await job.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id());
        }

        Assert.NotEqual(jobs[0], jobs[1]);
        foreach (var (client, id) in new[] { (acme, jobs[0]), (rival, jobs[1]) })
            Assert.Equal("succeeded", (await new JobClient(client).WaitForEndAsync(id, Cancel)).State());
    }

    [Fact]
    public async Task A_schedule_of_a_tenant_makes_jobs_of_that_tenant()
    {
        using var acme = await running.Host.ClientOfAsync("ticking", Cancel, "admin");
        var schedule = new
        {
            cron = "@every_second",
            kind = "fetch",
            args = new { urls = new[] { $"{running.Peer.Url}/json/1" } },
        };
        using var made = await acme.PutAsJsonAsync("/v1/schedules/each-second", schedule, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        // Not by asking the host: a key may ask only so often.
        await running.Database.WaitForAsync(
            "select exists (select from jobserver.jobs where schedule_id = 'each-second')",
            Cancel
        );
        var page = await acme.GetFromJsonAsync<JsonElement>("/v1/jobs?schedule=each-second", Cancel);
        var jobs = page.GetProperty("data");
        using var deleted = await acme.DeleteAsync("/v1/schedules/each-second", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var mine = await running.Host.Http.GetAsync($"/v1/jobs/{jobs[0].Id()}", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, mine.StatusCode);
    }

    /// <summary>A finished job, a file and a schedule, each with a mark in it, and a key.</summary>
    private async Task<string[]> MakeThingsAsync(HttpClient acme)
    {
        var jobs = new JobClient(acme);
        var job = await jobs.RunAsync(
            new { urls = new[] { $"{running.Peer.Url}/json/1" }, tags = new[] { Mark } },
            Cancel
        );
        using var csv = new StringContent("id\n1\n", Encoding.UTF8, "text/csv");
        using var uploaded = await acme.PostAsync($"/v1/files?name={Mark}", csv, Cancel);
        var file = await uploaded.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        using var scheduled = await acme.PutAsJsonAsync($"/v1/schedules/{Mark}", Daily(Mark), Cancel);
        Assert.True(scheduled.IsSuccessStatusCode);
        var key = await running.Host.MakeAsync("acme", Cancel, "jobs:read");
        return [job.Id(), file.Id(), Mark, key.Id()];
    }

    private object Daily(string tag) =>
        new
        {
            cron = "@daily",
            kind = "fetch",
            args = new { urls = new[] { $"{running.Peer.Url}/json/1" }, tags = new[] { tag } },
        };

    private static object Enriching(object input) => new { input, steps = new[] { new { type = "processedAt" } } };

    /// <summary>A refusal may name what was asked for, and nothing more.</summary>
    private static bool Tells(string text, string[] things, string asked) =>
        things.Append(Mark).Any(thing => thing != asked && text.Contains(thing, StringComparison.Ordinal))
        || (text.Contains("\"data\":[", StringComparison.Ordinal) && text.Contains("acme", StringComparison.Ordinal));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string route, string id)
    {
        var (verb, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        using var request = new HttpRequestMessage(
            new HttpMethod(verb),
            path.Replace("{id}", id, StringComparison.Ordinal).Replace("{name}", id, StringComparison.Ordinal)
        );
        // A schedule would be made, and be the rival's own.
        if (verb == "POST")
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        return await client.SendAsync(request, Cancel);
    }
}
