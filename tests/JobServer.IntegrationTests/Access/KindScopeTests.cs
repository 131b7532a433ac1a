using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

/// <summary>A kind with a scope of its own needs it on every way to a job of it.</summary>
public sealed class KindScopeTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly object Benchmark = new
    {
        strategies = new[] { "cpu-sequential" },
        numbers = 1,
        rounds = 1,
        warmup = 0,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Benchmarks_are_neither_submitted_nor_retried_nor_scheduled_without_theirs()
    {
        using var without = await running.Host.ClientOfAsync(
            "kinds",
            Cancel,
            "jobs:read",
            "jobs:write",
            "schedules:write"
        );
        using var with = await running.Host.ClientOfAsync("kinds", Cancel, Keys.AllButAdmin);
        var schedule = new
        {
            cron = "@daily",
            kind = "benchmark",
            args = Benchmark,
        };

        using var accepted = await with.PostAsJsonAsync("/v1/jobs/benchmark", Benchmark, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var job = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
        await new JobClient(with).WaitForEndAsync(job, Cancel);
        var again = new { state = "succeeded" };

        using var submitted = await without.PostAsJsonAsync("/v1/jobs/benchmark", Benchmark, Cancel);
        using var retried = await without.PostAsJsonAsync($"/v1/jobs/{job}/retry", again, Cancel);
        using var scheduled = await without.PutAsJsonAsync("/v1/schedules/b", schedule, Cancel);
        using var scheduledWith = await with.PutAsJsonAsync("/v1/schedules/b", schedule, Cancel);

        foreach (var refused in new[] { submitted, retried, scheduled })
        {
            var problem = await refused.ReadProblemAsync(HttpStatusCode.Forbidden, "not-allowed", Cancel);
            Assert.Contains("benchmark", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Created, scheduledWith.StatusCode);
    }
}
