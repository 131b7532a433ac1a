using System.Diagnostics;
using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class CancelTests(TestCluster cluster, RunningHost running, ITestOutputHelper output)
    : IClassFixture<RunningHost>
{
    private static readonly object Patient = new { itemTimeout = "00:05:00", concurrency = 5 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancel_closes_the_sockets_of_items_that_hang_and_keeps_what_is_done() =>
        await CancelAsync(running.Host.Http, "its own host");

    [Fact]
    public async Task Cancel_asked_of_another_node_closes_them_too()
    {
        await using var other = await HostProcess.StartAsync(
            running.Database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );

        await CancelAsync(other.Http, "another host");
    }

    [Fact]
    public async Task Cancel_of_a_job_nobody_has_started_is_immediate()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var idle = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var jobs = new JobClient(idle.Http);
        var id = (await jobs.SubmitAsync(new { urls = new[] { "http://127.0.0.1:1/" } }, Cancel)).Id();

        using var response = await idle.Http.PostAsync($"/v1/jobs/{id}/cancel", null, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("cancelled", (await jobs.GetAsync(id, Cancel)).State());
        Assert.Equal(["not_run"], (await jobs.ResultsAsync(id, Cancel)).Select(line => line.State()));
    }

    private async Task CancelAsync(HttpClient http, string whom)
    {
        var peer = running.Peer;
        var urls = Enumerable.Range(0, 30).Select(n => n < 3 ? $"{peer.Url}/json/{n}" : $"{peer.Url}/hang?{n}");
        var id = (await running.Jobs.SubmitAsync(new { urls, options = Patient }, Cancel)).Id();
        await running.Jobs.WaitForAsync(id, job => job.Progress("succeeded") == 3, Cancel);
        await Until.TrueAsync(() => peer.Open == 5, Cancel);

        var asked = Stopwatch.GetTimestamp();
        using var response = await http.PostAsync($"/v1/jobs/{id}/cancel", null, Cancel);
        await Until.TrueAsync(() => peer.Open == 0, Cancel);
        output.WriteLine($"asked of {whom}: last socket closed after {Stopwatch.GetElapsedTime(asked)}");

        Assert.True(response.IsSuccessStatusCode);
        var job = await running.Jobs.WaitForEndAsync(id, Cancel);
        Assert.Equal("cancelled", job.State());
        await Until.TrueAsync(
            () => running.Host.Log.Contains($"Job {id} (fetch) ended cancelled", StringComparison.Ordinal),
            Cancel
        );
        var lines = await running.Jobs.ResultsAsync(id, Cancel);
        Assert.Equal(30, lines.Count);
        Assert.Equal(3, lines.Count(line => line.State() == "succeeded"));
        Assert.Equal(27, lines.Count(line => line.State() == "not_run"));
    }
}
