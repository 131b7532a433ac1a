using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Events;

public sealed class EventTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task States_progress_and_the_end_come_in_order()
    {
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 3, Cancel);
        await using var stream = await OpenAsync(job.Id);

        job.Release();
        var events = await stream.UntilAsync(next => Succeeded(next) == 1);
        job.Release(2);
        events.AddRange(await stream.ToEndAsync());

        Assert.Equal(["queued", "running", "succeeded"], States(events));
        Assert.Equal(["state", "progress", "end"], events.Select(next => next.Type).Distinct());
        var ids = events.Where(next => next.Type == "state").Select(next => long.Parse(next.Id!)).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        var counts = events.Select(Succeeded).OfType<int>().ToList();
        Assert.Equal(counts.Order().Distinct(), counts);
        Assert.Equal(3, counts[^1]);
        var end = events[^1].Json;
        var ended = await running.Jobs.GetAsync(job.Id, Cancel);
        Assert.Equal("succeeded", end.GetProperty("state").GetString());
        Assert.Equal(ended.GetProperty("progress").GetRawText(), end.GetProperty("progress").GetRawText());
        Assert.Equal(ended.GetProperty("finishedAt").GetDateTimeOffset(), end.GetProperty("at").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_finished_job_is_told_whole_and_never_again_to_who_has_seen_its_end()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
        await using var stream = await OpenAsync(job.Id());

        var events = await stream.ToEndAsync();

        Assert.Equal(["state", "state", "state", "progress", "end"], events.Select(next => next.Type));
        Assert.Equal(["queued", "running", "succeeded"], States(events));
        using var byHeader = await EventStream.SendAsync(running.Host.Http, job.Id(), Cancel, stream.LastEventId);
        using var byQuery = await running.Host.Http.GetAsync(
            $"/v1/jobs/{job.Id()}/events?lastEventId={stream.LastEventId}",
            Cancel
        );
        Assert.Equal(HttpStatusCode.NoContent, byHeader.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, byQuery.StatusCode);
    }

    [Fact]
    public async Task Who_has_seen_the_last_state_and_not_the_end_is_told_the_end()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
        await using var stream = await OpenAsync(job.Id());
        var last = (await stream.UntilAsync(next => next.State == "succeeded"))[^1].Id;

        await using var again = await OpenAsync(job.Id(), last);

        Assert.Equal(["progress", "end"], (await again.ToEndAsync()).Select(next => next.Type));
    }

    [Fact]
    public async Task A_client_cut_off_ten_times_sees_every_state_once_and_the_final_counts()
    {
        const int cuts = 10;
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: cuts, Cancel);
        var events = new List<ReceivedEvent>();
        string? lastEventId = null;
        for (var cut = 1; cut <= cuts; cut++)
        {
            await using var stream = await OpenAsync(job.Id, lastEventId);
            // All that a connection says before it breaks, down to a single event.
            events.AddRange(await stream.UntilAsync(next => cut < 3 || Succeeded(next) is not null));
            lastEventId = stream.LastEventId;
            job.Release();
        }

        await using var final = await OpenAsync(job.Id, lastEventId);
        events.AddRange(await final.ToEndAsync());

        Assert.Equal(["queued", "running", "succeeded"], States(events));
        Assert.Equal(cuts, events[^1].Json.GetProperty("progress").GetProperty("succeeded").GetInt32());
    }

    [Fact]
    public async Task A_cancelled_job_ends_its_streams_too()
    {
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 2, Cancel);
        await using var stream = await OpenAsync(job.Id);
        await stream.UntilAsync(next => next.State == "running");

        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id}/cancel", content: null, Cancel);

        var events = await stream.ToEndAsync();
        Assert.Equal(["cancelling", "cancelled"], States(events));
        Assert.Equal("cancelled", events[^1].State);
    }

    [Fact]
    public async Task An_answer_is_kept_by_no_cache_and_no_proxy()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);

        await using var stream = await OpenAsync(job.Id());

        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.MediaType);
        Assert.True(stream.Response.Headers.CacheControl?.NoCache);
        Assert.True(stream.Response.Headers.CacheControl?.NoStore);
        Assert.Equal(["no"], stream.Response.Headers.GetValues("X-Accel-Buffering"));
    }

    private Task<EventStream> OpenAsync(string job, string? lastEventId = null) =>
        EventStream.OpenAsync(running.Host.Http, job, Cancel, lastEventId);

    private static IEnumerable<string?> States(IEnumerable<ReceivedEvent> events) =>
        events.Where(next => next.Type == "state").Select(next => next.State);

    private static int? Succeeded(ReceivedEvent next) =>
        next.Type == "progress" ? next.Json.GetProperty("succeeded").GetInt32() : null;
}
