using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Events;

public sealed class EventRefusalTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Unknown = "01999999-0000-7000-8000-000000000000";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("abc")]
    [InlineData(".end")]
    [InlineData("1.END")]
    [InlineData("99999999999999999999")]
    public async Task An_id_that_was_never_sent_is_refused(string id)
    {
        using var byQuery = await running.Host.Http.GetAsync($"/v1/jobs/{Unknown}/events?lastEventId={id}", Cancel);
        var problem = await byQuery.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["lastEventId"], problem.Fields());
        if (id.Length == 0)
            return;
        using var byHeader = await EventStream.SendAsync(running.Host.Http, Unknown, Cancel, id);
        problem = await byHeader.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["Last-Event-ID"], problem.Fields());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html, application/*")]
    [InlineData("text/event-stream;q=0")]
    public async Task Events_come_as_events_alone(string accept)
    {
        using var response = await GetAsync(Unknown, accept);

        var problem = await response.ReadProblemAsync(HttpStatusCode.NotAcceptable, "not-acceptable", Cancel);
        Assert.Contains("text/event-stream", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/*")]
    [InlineData("*/*")]
    [InlineData(null)]
    public async Task An_unknown_job_is_not_found(string? accept)
    {
        using var response = await GetAsync(Unknown, accept);

        await response.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
    }

    [Fact]
    public async Task More_streams_than_allowed_are_refused_until_one_ends()
    {
        var settings = new Dictionary<string, string>(HostProcess.NoWorkers) { ["Events__MaxStreams"] = "2" };
        await using var host = await HostProcess.StartAsync(running.Database.ConnectionString, settings, Cancel);
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 1, Cancel);
        await using var first = await EventStream.OpenAsync(host.Http, job.Id, Cancel);
        await using (await EventStream.OpenAsync(host.Http, job.Id, Cancel))
        {
            using var refused = await EventStream.SendAsync(host.Http, job.Id, Cancel);

            await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-streams", Cancel);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        // The second one's place is free once the host has seen that its client is gone.
        HttpResponseMessage again;
        do
        {
            again = await EventStream.SendAsync(host.Http, job.Id, Cancel);
            again.Dispose();
        } while (again.StatusCode == HttpStatusCode.TooManyRequests);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        job.Release();
        Assert.Equal("succeeded", (await first.ToEndAsync())[^1].State);
    }

    private async Task<HttpResponseMessage> GetAsync(string job, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/events");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await running.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }
}
