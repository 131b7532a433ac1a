using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class FetchJobTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_urls_come_back_in_one_answer_in_the_order_given()
    {
        var urls = Enumerable.Range(0, 10).Select(n => $"{running.Peer.Url}/json/{n}").ToArray();

        var job = await running.Jobs.RunAsync(new { urls }, Cancel);

        Assert.Equal("succeeded", job.State());
        var results = job.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(0, 10), results.Select(line => line.GetProperty("seq").GetInt32()));
        Assert.Equal(urls, results.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal(
            Enumerable.Range(0, 10),
            results.Select(line => line.GetProperty("value").GetProperty("data").GetProperty("n").GetInt32())
        );
    }
}
