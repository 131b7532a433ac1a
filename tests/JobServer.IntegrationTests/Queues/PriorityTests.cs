using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Queues;

public sealed class PriorityTests(TestCluster cluster, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_of_higher_priority_are_begun_first_and_none_is_starved()
    {
        const int each = 30;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using (var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel))
        {
            var jobs = new JobClient(host.Http);
            foreach (var priority in (string[])["low", "normal", "high"])
            {
                for (var n = 0; n < each; n++)
                {
                    var job = await jobs.SubmitAsync(new { urls = new[] { $"{peer.Url}/json/{n}" }, priority }, Cancel);
                    Assert.Equal(priority, job.GetProperty("priority").GetString());
                }
            }
        }

        var one = new Dictionary<string, string> { ["Queues__fetch__Workers"] = "1" };
        await using var working = await HostProcess.StartAsync(database.ConnectionString, one, Cancel);
        await database.WaitForAsync(
            $"select count(*) = {3 * each} from jobserver.jobs where state = 'succeeded'",
            Cancel
        );

        var ranks = await database.QueryAsync<string>(
            """
            select string_agg(left(priority, 1), '' order by started_at) from jobserver.jobs
            """,
            Cancel
        );
        output.WriteLine(ranks);
        Assert.True(MeanRank(ranks, 'h') < MeanRank(ranks, 'n'));
        Assert.True(MeanRank(ranks, 'n') < MeanRank(ranks, 'l'));
        Assert.InRange(ranks.IndexOf('n'), 0, ranks.LastIndexOf('h'));
        Assert.InRange(ranks.IndexOf('l'), 0, ranks.LastIndexOf('n'));
    }

    private static double MeanRank(string ranks, char priority) =>
        Enumerable.Range(0, ranks.Length).Where(rank => ranks[rank] == priority).Average();
}
