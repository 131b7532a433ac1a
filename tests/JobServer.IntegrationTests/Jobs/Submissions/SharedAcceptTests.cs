using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Submissions;

public sealed class SharedAcceptTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Callers = 32;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_was_accepted_before_a_kill_is_there()
    {
        const int enough = 500;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var jobs = new JobClient(host.Http);
        var accepted = new ConcurrentBag<string>();
        var killed = new TaskCompletionSource();

        var callers = Enumerable
            .Range(0, Callers)
            .Select(async caller =>
            {
                try
                {
                    while (true)
                    {
                        var urls = new[] { $"http://127.0.0.1:1/{caller}" };
                        accepted.Add((await jobs.SubmitAsync(new { urls }, Cancel)).Id());
                        if (accepted.Count >= enough)
                            killed.TrySetResult();
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed.
                }
            })
            .ToList();
        await killed.Task.WaitAsync(Cancel);
        await host.KillAsync();
        await Task.WhenAll(callers);

        var ids = string.Join(',', accepted.Select(id => $"'{id}'"));
        var complete = await database.QueryAsync<long>(
            $"""
            select count(*) from jobserver.jobs j
            join jobserver.chunks c on c.tenant = j.tenant and c.job_id = j.id
            join jobserver.lanes l on l.tenant = j.tenant and l.job_id = j.id
            join hangfire.job h on h.id = l.hangfire_job_id and h.statename = 'Enqueued'
            join hangfire.state s on s.id = h.stateid and s.jobid = h.id
            join hangfire.jobqueue q on q.jobid = h.id and q.queue = 'fetch'
            where j.id in ({ids})
            """,
            Cancel
        );
        Assert.Equal(accepted.Count, complete);
        var commits = await database.QueryAsync<long>("select count(distinct xmin::text) from jobserver.jobs", Cancel);
        output.WriteLine($"{accepted.Count} jobs accepted in {commits} commits");
        Assert.InRange(commits, 1, accepted.Count - 1);
    }

    [Fact]
    public async Task One_that_the_database_refuses_is_refused_alone()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        await database.ExecuteAsync(
            "alter table jobserver.jobs add constraint unwanted check ('unwanted' <> all (tags)) not valid",
            Cancel
        );

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(async caller =>
                {
                    var urls = new[] { "http://127.0.0.1:1/" };
                    var tags = new[] { caller % 8 == 3 ? "unwanted" : "wanted" };
                    using var response = await host.Http.PostAsJsonAsync("/v1/jobs/fetch", new { urls, tags }, Cancel);
                    return response.StatusCode;
                })
        );

        Assert.Equal(Callers - 4, answers.Count(status => status == HttpStatusCode.Accepted));
        Assert.Equal(Callers - 4L, await database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel));
        Assert.Equal(Callers - 4L, await database.QueryAsync<long>("select count(*) from hangfire.jobqueue", Cancel));
    }
}
