using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Dashboard;

public sealed class DashboardAccessTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Elsewhere = "203.0.113.7";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/hangfire")]
    [InlineData("/hangfire/ledger")]
    [InlineData("/hangfire/ledger/table")]
    [InlineData("/hangfire/jobs/succeeded")]
    [InlineData("/hangfire/stats")]
    public async Task Visitor_behind_a_proxy_is_refused_unless_settings_say_otherwise(string path)
    {
        using var visitor = new Visitor(running.Host, Elsewhere);

        using var response = await visitor.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("x-real-ip", "203.0.113.7")]
    [InlineData("X-Forwarded-Host", "jobs.example")]
    [InlineData("X-Original-For", "203.0.113.7:1234")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Any_sign_of_a_proxy_makes_a_visitor_remote(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hangfire/ledger");
        request.Headers.Add(header, value);

        using var response = await running.Host.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Remote_visitor_admitted_to_look_may_not_act()
    {
        await using var host = await StartAsync("Dashboard__RemoteReadOnly", "true");
        var urls = new[] { $"{running.Peer.Url}/hang" };
        var job = (await running.Jobs.SubmitAsync(new { urls }, Cancel)).Id();
        using var visitor = new Visitor(host, Elsewhere);

        var row = await visitor.RowAsync(job, Cancel);
        using var cancel = await visitor.PressAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        using var retry = await visitor.PressAsync($"/hangfire/ledger/{job}/retry", Cancel);
        using var requeue = await visitor.PressAsync("/hangfire/jobs/succeeded/requeue", Cancel);

        Assert.DoesNotContain("<button", row, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, cancel.StatusCode);
        Assert.Equal("You may look, and not act.", await cancel.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.Forbidden, retry.StatusCode);
        // Hangfire's own answer to a visitor who may only look.
        Assert.Equal(HttpStatusCode.Unauthorized, requeue.StatusCode);
        using var local = new Visitor(host);
        Assert.Contains("<button", await local.RowAsync(job, Cancel), StringComparison.Ordinal);
        using var cancelled = await local.PressAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
    }

    [Fact]
    public async Task Local_visitors_can_be_shut_out()
    {
        await using var host = await StartAsync("Dashboard__LocalVisitors", "false");
        using var visitor = new Visitor(host);

        using var response = await visitor.GetAsync("/hangfire/ledger", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private Task<HostProcess> StartAsync(string name, string value) =>
        HostProcess.StartAsync(
            running.Database.ConnectionString,
            new Dictionary<string, string> { [name] = value, ["Queues__fetch__Workers"] = "0" },
            Cancel
        );
}
