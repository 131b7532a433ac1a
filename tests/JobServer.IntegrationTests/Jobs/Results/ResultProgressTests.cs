using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Results;

public sealed class ResultProgressTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_job_shows_its_completed_prefix_and_a_cancelled_one_says_what_never_ran()
    {
        // Slots enough for all, so that nothing but the hanging items is left.
        string[] paths = ["/json/0", "/json/1", "/hang", "/json/3", "/status/404", "/hang", "/json/6"];
        var options = new
        {
            concurrency = 20,
            perHostConcurrency = 20,
            itemTimeout = "00:10:00",
        };
        var urls = paths.Select(path => running.Peer.Url + path);
        var id = (await running.Jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await running.Jobs.WaitForAsync(id, job => job.Progress("pending") == 2, Cancel);

        var prefix = await running.Jobs.ResultsAsync(id, Cancel);
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);
        await running.Jobs.WaitForEndAsync(id, Cancel);
        var all = await running.Jobs.ResultsAsync(id, Cancel);

        Assert.Equal([0, 1], prefix.Select(line => line.GetProperty("seq").GetInt32()));
        Assert.Equal(
            ["succeeded", "succeeded", "not_run", "succeeded", "failed", "not_run", "succeeded"],
            all.Select(line => line.GetProperty("state").GetString())
        );
        Assert.Equal(urls, all.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal("not_run", all[2].ErrorCode());
        Assert.Equal(0, all[2].GetProperty("attempts").GetInt32());
        Assert.Equal(JsonValueKind.Null, all[2].GetProperty("value").ValueKind);
    }

    [Theory]
    [InlineData("succeeded", new[] { 0, 1 })]
    [InlineData("failed", new int[0])]
    [InlineData("not_run", new int[0])]
    public async Task A_state_selects_within_the_completed_prefix(string state, int[] seqs)
    {
        string[] paths = ["/json/0", "/json/1", "/hang", "/status/404"];
        var options = new { concurrency = 20, itemTimeout = "00:10:00" };
        var urls = paths.Select(path => running.Peer.Url + path);
        var id = (await running.Jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await running.Jobs.WaitForAsync(id, job => job.Progress("pending") == 1, Cancel);

        var text = await running.Host.Http.GetStringAsync($"/v1/jobs/{id}/results?state={state}", Cancel);
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(seqs, lines.Select(line => JsonElement.Parse(line).GetProperty("seq").GetInt32()));
        await running.Jobs.WaitForEndAsync(id, Cancel);
    }

    [Fact]
    public async Task A_job_cancelled_in_the_queue_shows_every_item_as_not_run()
    {
        await using var idle = await HostProcess.StartAsync(
            running.Database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        var jobs = new JobClient(idle.Http);
        // Four workers, all busy, so that the fifth job waits.
        var hanging = new { urls = new[] { $"{running.Peer.Url}/hang" }, options = new { itemTimeout = "00:10:00" } };
        var busy = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => jobs.SubmitAsync(hanging, Cancel)));
        foreach (var job in busy)
            await jobs.WaitForAsync(job.Id(), now => now.State() == "running", Cancel);
        var urls = Enumerable.Range(0, 250).Select(n => $"{running.Peer.Url}/json/{n}");
        var waiting = await jobs.SubmitAsync(new { urls }, Cancel);

        using var cancelled = await idle.Http.PostAsync($"/v1/jobs/{waiting.Id()}/cancel", content: null, Cancel);

        var end = await jobs.GetAsync(waiting.Id(), Cancel);
        Assert.Equal(("cancelled", 250), (end.State(), end.Progress("pending")));
        var lines = await jobs.ResultsAsync(waiting.Id(), Cancel);
        Assert.Equal(urls, lines.Select(line => line.GetProperty("key").GetString()));
        Assert.All(lines, line => Assert.Equal("not_run", line.GetProperty("state").GetString()));
        foreach (var job in busy)
        {
            using var stopped = await idle.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", content: null, Cancel);
            await jobs.WaitForEndAsync(job.Id(), Cancel);
        }
    }
}
