using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Dashboard;

public sealed class JobActionTests : IClassFixture<RunningHost>, IDisposable
{
    private readonly RunningHost _running;
    private readonly Visitor _visitor;

    public JobActionTests(RunningHost running)
    {
        _running = running;
        _visitor = new Visitor(running.Host);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _visitor.Dispose();

    [Fact]
    public async Task Cancel_ends_a_running_job()
    {
        var job = await _running.Jobs.SubmitAsync(new { urls = Urls("/hang") }, Cancel);

        using var response = await _visitor.PressAsync($"/hangfire/ledger/{job.Id()}/cancel", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("cancelled", (await _running.Jobs.WaitForEndAsync(job.Id(), Cancel)).State());
    }

    [Fact]
    public async Task Pause_holds_a_running_job_and_resume_lets_it_go_on()
    {
        var id = (await _running.Jobs.SubmitAsync(new { urls = Urls("/hang") }, Cancel)).Id();

        using var paused = await _visitor.PressAsync($"/hangfire/ledger/{id}/pause", Cancel);
        var held = await _running.Jobs.GetAsync(id, Cancel);
        var row = await _visitor.RowAsync(id, Cancel);
        using var resumed = await _visitor.PressAsync($"/hangfire/ledger/{id}/resume", Cancel);

        Assert.Equal((HttpStatusCode.OK, "paused"), (paused.StatusCode, held.State()));
        Assert.Contains($"/hangfire/ledger/{id}/resume", row, StringComparison.Ordinal);
        Assert.Contains($"/hangfire/ledger/{id}/cancel", row, StringComparison.Ordinal);
        Assert.DoesNotContain($"/hangfire/ledger/{id}/pause", row, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, resumed.StatusCode);
        Assert.Contains($"/hangfire/ledger/{id}/pause", await _visitor.RowAsync(id, Cancel), StringComparison.Ordinal);
        using var cancelled = await _visitor.PressAsync($"/hangfire/ledger/{id}/cancel", Cancel);
        await _running.Jobs.WaitForEndAsync(id, Cancel);
    }

    [Fact]
    public async Task Retry_runs_what_failed_as_a_new_job()
    {
        var job = await RunAsync("/json/1", "/status/404");
        Assert.Contains($"/hangfire/ledger/{job}/retry", await _visitor.RowAsync(job, Cancel));

        using var response = await _visitor.PressAsync($"/hangfire/ledger/{job}/retry", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await response.Content.ReadAsStringAsync(Cancel);
        var page = await _visitor.ReadAsync("/hangfire/ledger/table", Cancel);
        var successor = answer["Job ".Length..answer.IndexOf('…', StringComparison.Ordinal)];
        Assert.Contains($"id=\"job-{successor}", page, StringComparison.Ordinal);
        Assert.NotEqual(job[..13], successor);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("retry")]
    public async Task Action_a_state_does_not_allow_is_a_conflict(string action)
    {
        var job = await RunAsync("/json/1");
        Assert.DoesNotContain("<button", await _visitor.RowAsync(job, Cancel), StringComparison.Ordinal);

        using var response = await _visitor.PressAsync($"/hangfire/ledger/{job}/{action}", Cancel);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("retry")]
    public async Task Action_on_an_unknown_job_is_not_found(string action)
    {
        using var response = await _visitor.PressAsync($"/hangfire/ledger/{Guid.NewGuid()}/{action}", Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Action_without_the_pages_token_is_refused()
    {
        var job = await _running.Jobs.SubmitAsync(new { urls = Urls("/hang") }, Cancel);

        using var response = await _visitor.PressWithoutTokenAsync($"/hangfire/ledger/{job.Id()}/cancel", Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var after = await _running.Jobs.GetAsync(job.Id(), Cancel);
        Assert.Contains(after.State(), new[] { "queued", "running" });
        using var cancelled = await _running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);
    }

    [Fact]
    public async Task Action_is_not_done_by_following_a_link()
    {
        var job = await RunAsync("/status/404");

        using var response = await _visitor.GetAsync($"/hangfire/ledger/{job}/retry", Cancel);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private async Task<string> RunAsync(params string[] paths)
    {
        var options = new { retry = new { maxAttempts = 1 } };
        return (await _running.Jobs.RunAsync(new { urls = Urls(paths), options }, Cancel)).Id();
    }

    private string[] Urls(params string[] paths) => [.. paths.Select(path => _running.Peer.Url + path)];
}
