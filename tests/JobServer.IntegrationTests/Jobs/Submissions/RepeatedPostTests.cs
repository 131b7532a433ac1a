using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Submissions;

/// <summary>Requests that come again and again, all at once, at two hosts.</summary>
public sealed class RepeatedPostTests(TestCluster cluster)
{
    private const int Keys = 1000;
    private const int Posts = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_keys_posted_twenty_times_at_once_make_a_thousand_jobs()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var accepting = new Dictionary<string, string> { ["Queues__fetch__Workers"] = "0" };
        await using var one = await HostProcess.StartAsync(database.ConnectionString, accepting, Cancel);
        await using var other = await HostProcess.StartAsync(database.ConnectionString, accepting, Cancel);

        await Parallel.ForAsync(
            0,
            Keys,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel },
            async (key, cancellationToken) =>
            {
                var jobs = await Task.WhenAll(
                    Enumerable
                        .Range(0, Posts)
                        .Select(post => PostAsync(post % 2 == 0 ? one : other, $"key-{key}", cancellationToken))
                );
                Assert.Single(jobs.OfType<string>().Distinct(StringComparer.Ordinal));
            }
        );

        var rows = await database.QueryAsync<string>(
            """
            select concat_ws(' ',
                (select count(*) from jobserver.jobs),
                (select count(*) from jobserver.idempotency_keys k join jobserver.jobs j on j.id = k.resource_id),
                (select count(distinct job_id) from jobserver.chunks),
                (select count(*) from hangfire.job))
            """,
            Cancel
        );
        Assert.Equal($"{Keys} {Keys} {Keys} {Keys}", rows);
    }

    /// <summary>The id of the job; null for a conflict.</summary>
    private static async Task<string?> PostAsync(HostProcess host, string key, CancellationToken cancellationToken)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        post.Headers.Add("Idempotency-Key", key);
        post.Content = JsonContent.Create(new { urls = new[] { $"http://127.0.0.1:9/{key}" } });
        using var answer = await host.Http.SendAsync(post, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Accepted)
            return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).Id();
        await answer.ReadProblemAsync(HttpStatusCode.Conflict, "idempotency-key-in-use", cancellationToken);
        return null;
    }
}
