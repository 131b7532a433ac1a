using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Control;

public sealed class JobPauseTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Paused_twice_is_paused_and_resumed_twice_is_resumed()
    {
        var id = await StartHangingAsync("/hang?twice");

        var paused = await AskAsync(id, "pause");
        var again = await AskAsync(id, "pause");
        await WaitForNoLaneAsync(id);
        Assert.Equal(0, running.Peer.Open);
        var resumed = await AskAsync(id, "resume");
        var further = await AskAsync(id, "resume");

        Assert.Equal(
            ["paused", "paused", "running", "running"],
            new[] { paused, again, resumed, further }.Select(job => job.State())
        );
        // What was let go was not recorded: it runs again.
        await Until.TrueAsync(() => running.Peer.Open == 1, Cancel);
        await AskAsync(id, "cancel");
        Assert.Equal("cancelled", (await running.Jobs.WaitForEndAsync(id, Cancel)).State());
        var links = paused.GetProperty("links");
        Assert.Equal($"/v1/jobs/{id}/pause", links.GetProperty("pause").GetString());
        Assert.Equal($"/v1/jobs/{id}/resume", links.GetProperty("resume").GetString());
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task A_finished_job_is_neither_paused_nor_resumed(string verb)
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);

        using var response = await PostAsync(job.Id(), verb);

        var problem = await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Contains("succeeded", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_job_is_cancelled_and_does_not_come_back()
    {
        var id = await StartHangingAsync("/hang?cancelled");
        await AskAsync(id, "pause");
        await WaitForNoLaneAsync(id);

        Assert.Equal("cancelled", (await AskAsync(id, "cancel")).State());

        using var response = await PostAsync(id, "resume");
        await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
    }

    [Fact]
    public async Task A_scheduled_job_that_was_paused_is_scheduled_again_and_starts()
    {
        var startAt = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var id = await ScheduleAsync(startAt);

        Assert.Equal("paused", (await AskAsync(id, "pause")).State());
        Assert.Equal("scheduled", (await AskAsync(id, "resume")).State());

        Assert.Equal("succeeded", (await running.Jobs.WaitForEndAsync(id, Cancel)).State());
        Assert.Equal(0, await RepairsAsync(id));
    }

    [Fact]
    public async Task A_job_whose_time_came_while_it_was_paused_is_queued_by_its_resume()
    {
        var id = await ScheduleAsync(TimeProvider.System.GetUtcNow().AddHours(1));
        await AskAsync(id, "pause");
        await running.Database.ExecuteAsync($"update jobserver.jobs set start_at = now() where id = '{id}'", Cancel);

        Assert.Equal("queued", (await AskAsync(id, "resume")).State());

        Assert.Equal("succeeded", (await running.Jobs.WaitForEndAsync(id, Cancel)).State());
        Assert.Equal(0, await RepairsAsync(id));
    }

    [Fact]
    public async Task A_job_paused_before_its_start_expires_at_its_deadline()
    {
        var id = await ScheduleAsync(TimeProvider.System.GetUtcNow().AddHours(1));
        await AskAsync(id, "pause");
        await running.Database.ExecuteAsync($"update jobserver.jobs set deadline = now() where id = '{id}'", Cancel);

        Assert.Equal("expired", (await running.Jobs.WaitForEndAsync(id, Cancel)).State());
    }

    [Fact]
    public async Task The_time_of_a_job_runs_on_while_it_is_paused()
    {
        var id = await StartHangingAsync("/hang?late");
        await AskAsync(id, "pause");
        await WaitForNoLaneAsync(id);
        await running.Database.ExecuteAsync(
            $"update jobserver.jobs set job_timeout = interval '1 millisecond' where id = '{id}'",
            Cancel
        );

        var job = await running.Jobs.WaitForEndAsync(id, Cancel);
        Assert.Equal(("failed", "timeout"), (job.State(), job.ErrorCode()));
    }

    private async Task<string> StartHangingAsync(string path)
    {
        var options = new { retry = new { maxAttempts = 1 }, itemTimeout = "00:10:00" };
        var job = await running.Jobs.SubmitAsync(new { urls = new[] { running.Peer.Url + path }, options }, Cancel);
        await Until.TrueAsync(() => running.Peer.Open == 1, Cancel);
        return job.Id();
    }

    private async Task<string> ScheduleAsync(DateTimeOffset startAt)
    {
        var urls = new[] { $"{running.Peer.Url}/json/1" };
        var text = startAt.ToString("O", CultureInfo.InvariantCulture);
        return (await running.Jobs.SubmitAsync(new { urls, startAt = text }, Cancel)).Id();
    }

    private Task WaitForNoLaneAsync(string id) =>
        running.Database.WaitForAsync(
            $"select not bool_or(running) from jobserver.lanes where job_id = '{id}'",
            Cancel
        );

    private Task<int> RepairsAsync(string id) =>
        running.Database.QueryAsync<int>($"select repairs from jobserver.jobs where id = '{id}'", Cancel);

    private async Task<JsonElement> AskAsync(string id, string verb)
    {
        using var response = await PostAsync(id, verb);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private Task<HttpResponseMessage> PostAsync(string id, string verb) =>
        running.Host.Http.PostAsync($"/v1/jobs/{id}/{verb}", content: null, Cancel);
}
