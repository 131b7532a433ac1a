using System.Net;
using System.Net.Http.Json;
using JobServer.IntegrationTests.Dashboard;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

public sealed class SignInTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Page = "/hangfire/ledger";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_is_led_to_the_page_and_back()
    {
        using var visitor = new Visitor(running.Host, key: null);

        using var led = await visitor.GetAsync("/hangfire/jobs/succeeded", Cancel);
        using var admitted = await visitor.SignInAsync(HostProcess.Key, Cancel, "/hangfire/jobs/succeeded");
        using var shown = await visitor.GetAsync("/hangfire/jobs/succeeded", Cancel);

        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
        Assert.Equal("/sign-in", led.Headers.Location!.AbsolutePath);
        Assert.Contains("%2Fhangfire%2Fjobs%2Fsucceeded", led.Headers.Location.Query, StringComparison.Ordinal);
        Assert.Equal("/hangfire/jobs/succeeded", admitted.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        using var visitor = new Visitor(running.Host, key: null);

        using var admitted = await visitor.SignInAsync(HostProcess.Key, Cancel);

        var cookie = admitted
            .Headers.GetValues("Set-Cookie")
            .Single(value => value.StartsWith("jobserver=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(HostProcess.Key, cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task Nobody_is_led_elsewhere(string returnUrl)
    {
        using var visitor = new Visitor(running.Host, key: null);

        using var admitted = await visitor.SignInAsync(HostProcess.Key, Cancel, returnUrl);

        Assert.Equal("/", admitted.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("a-key-that-was-never-made-by-anybody-at-all")]
    [InlineData("")]
    [InlineData("<script>alert(1)</script>")]
    public async Task A_key_that_is_not_good_admits_nobody(string key)
    {
        using var visitor = new Visitor(running.Host, key: null);

        using var refused = await visitor.SignInAsync(key, Cancel);
        using var led = await visitor.GetAsync(Page, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var page = await refused.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("not known", page, StringComparison.Ordinal);
        if (key.Length > 0)
            Assert.DoesNotContain(key, page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
    }

    [Theory]
    [InlineData("acme", "admin")]
    [InlineData("default", "benchmark")]
    public async Task A_key_that_may_not_look_is_told_so(string tenant, string scope)
    {
        var key = await running.Host.MakeAsync(tenant, Cancel, scope);
        using var visitor = new Visitor(running.Host, key: null);

        using var refused = await visitor.SignInAsync(key.Text(), Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("jobs:read", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var direct = running.Host.ClientOf(key.Text());
        using var dashboard = await direct.GetAsync(Page, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, dashboard.StatusCode);
    }

    [Fact]
    public async Task A_form_without_its_token_is_not_taken()
    {
        using var stranger = running.Host.ClientOf(key: null);
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("key", HostProcess.Key)]);

        using var refused = await stranger.PostAsync("/sign-in", form, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.DoesNotContain(
            refused.Headers,
            header =>
                header.Key == "Set-Cookie"
                && header.Value.Any(value => value.StartsWith("jobserver=", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Rights_on_the_dashboard_are_those_of_the_key()
    {
        var read = await running.Host.MakeAsync("default", Cancel, "jobs:read");
        var write = await running.Host.MakeAsync("default", Cancel, "jobs:read", "jobs:write");
        var urls = new[] { $"{running.Peer.Url}/hang" };
        var job = (await running.Jobs.SubmitAsync(new { urls }, Cancel)).Id();
        using var reader = new Visitor(running.Host, read.Text());
        using var writer = new Visitor(running.Host, write.Text());

        var row = await reader.RowAsync(job, Cancel);
        using var refused = await reader.PressAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        using var requeue = await writer.PressAsync("/hangfire/jobs/succeeded/requeue", Cancel);
        using var forged = await writer.PressWithoutTokenAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        var buttons = await writer.RowAsync(job, Cancel);
        using var cancelled = await writer.PressAsync($"/hangfire/ledger/{job}/cancel", Cancel);

        Assert.DoesNotContain("<button", row, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("You may look, and not act.", await refused.Content.ReadAsStringAsync(Cancel));
        // Hangfire's own answer to a visitor who may only look.
        Assert.True(requeue.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        Assert.False(forged.IsSuccessStatusCode);
        Assert.Contains("<button", buttons, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
    }

    [Fact]
    public async Task A_session_ends_with_its_key_and_by_signing_out()
    {
        var key = await running.Host.MakeAsync("default", Cancel, "jobs:read");
        using var visitor = new Visitor(running.Host, key.Text());
        using var other = new Visitor(running.Host, key.Text());
        await visitor.ReadAsync(Page, Cancel);
        await other.ReadAsync(Page, Cancel);

        using var signedOut = await other.SignOutAsync(Cancel);
        using var led = await other.GetAsync(Page, Cancel);
        using var revoked = await running.Host.Http.DeleteAsync($"/v1/keys/{key.Id()}", Cancel);
        using var ended = await visitor.GetAsync(Page, Cancel);

        Assert.Equal("/sign-in", signedOut.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
    }

    [Fact]
    public async Task A_session_reads_the_API_and_changes_nothing_there()
    {
        using var visitor = new Visitor(running.Host);

        var jobs = await visitor.ReadAsync("/v1/jobs", Cancel);
        using var posted = await visitor.PostAsync(
            "/v1/jobs/fetch",
            JsonContent.Create(new { urls = new[] { $"{running.Peer.Url}/json/1" } }),
            Cancel
        );

        Assert.Contains("data", jobs, StringComparison.Ordinal);
        await posted.ReadProblemAsync(HttpStatusCode.Forbidden, "not-allowed", Cancel);
    }

    [Fact]
    public async Task Another_host_knows_the_session()
    {
        await using var other = await HostProcess.StartAsync(
            running.Database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        using var visitor = new Visitor(running.Host, key: null);
        using var admitted = await visitor.SignInAsync(HostProcess.Key, Cancel);
        using var elsewhere = other.ClientOf(key: null);
        elsewhere.DefaultRequestHeaders.Add(
            "Cookie",
            admitted.Headers.GetValues("Set-Cookie").Select(value => value.Split(';')[0])
        );

        using var answer = await elsewhere.GetAsync(Page, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
