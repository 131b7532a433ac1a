using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class FenceTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lane_fenced_by_a_newer_epoch_writes_nothing_more_and_the_job_still_ends_whole()
    {
        const int items = 300;
        var urls = Enumerable.Range(0, items).Select(n => $"{running.Peer.Url}/slow/40/{n}").ToArray();
        var id = (await running.Jobs.SubmitAsync(new { urls }, Cancel)).Id();
        await running.Database.WaitForAsync(
            $"select count(*) >= 20 from jobserver.items where job_id = '{id}'",
            Cancel
        );

        await running.Database.ExecuteAsync(
            $"update jobserver.chunks set epoch = epoch + 100 where job_id = '{id}' and done_at is null",
            Cancel
        );

        await Until.TrueAsync(() => running.Host.Log.Contains("is fenced", StringComparison.Ordinal), Cancel);
        var job = await running.Jobs.WaitForEndAsync(id, Cancel);
        Assert.True(job.Progress("duplicatesPrevented") > 0);
        Assert.Equal(1, job.Progress("repairs"));
        await running.Database.AssertEachRecordedOnceAsync(id, items, Cancel);
    }

    [Fact]
    public async Task Fenced_lane_whose_items_hang_lets_go_without_a_commit_to_tell_it()
    {
        var options = new { itemTimeout = "00:05:00" };
        var path = $"/hang";
        var id = (
            await running.Jobs.SubmitAsync(new { urls = new[] { running.Peer.Url + path }, options }, Cancel)
        ).Id();
        await Until.TrueAsync(() => running.Peer.CallsOf(path) == 1, Cancel);

        await running.Database.ExecuteAsync(
            $"update jobserver.chunks set epoch = epoch + 100 where job_id = '{id}'",
            Cancel
        );

        // Its lane has ended by JobAbortedException; the reconciler finds that nobody runs it and a new run calls again.
        await running.Database.WaitForAsync($"select repairs = 1 from jobserver.jobs where id = '{id}'", Cancel);
        await Until.TrueAsync(() => running.Peer.CallsOf(path) == 2, Cancel);
        using var response = await running.Host.Http.PostAsync($"/v1/jobs/{id}/cancel", null, Cancel);
        await running.Jobs.WaitForEndAsync(id, Cancel);
    }
}
