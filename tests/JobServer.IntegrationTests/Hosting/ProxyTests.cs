using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Hosting;

/// <summary>What a proxy says of the client is believed of those that are named, and of nobody else.</summary>
public sealed class ProxyTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await cluster.CreateDatabaseAsync(Cancel);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(null, "127.0.0.1")]
    [InlineData("10.0.0.0/8", "127.0.0.1")]
    [InlineData("127.0.0.1", "203.0.113.7")]
    [InlineData("10.0.0.0/8,127.0.0.0/8", "198.51.100.9")]
    public async Task The_address_on_record_is_the_first_that_no_known_proxy_has(string? known, string expected)
    {
        await using var host = await StartAsync(known);
        host.Http.DefaultRequestHeaders.Add(
            "X-Forwarded-For",
            "198.51.100.9, 203.0.113.7".Replace(
                "203.0.113.7",
                known?.StartsWith("10.", StringComparison.Ordinal) == true ? "10.1.2.3" : "203.0.113.7",
                StringComparison.Ordinal
            )
        );

        await host.MakeAsync("default", Cancel, "jobs:read");

        var audit = await host.Http.GetFromJsonAsync<JsonElement>("/v1/audit", Cancel);
        Assert.Equal(expected, audit.GetProperty("data")[0].GetProperty("address").GetString());
    }

    [Fact]
    public async Task Behind_a_proxy_cookies_are_secure_and_links_have_its_prefix()
    {
        await using var host = await StartAsync("127.0.0.1");
        using var browser = host.ClientOf(key: null);
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        browser.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/jobs");
        browser.DefaultRequestHeaders.Add("Accept", "text/html");

        using var led = await browser.GetAsync("/hangfire/ledger", Cancel);
        using var page = await browser.GetAsync("/sign-in", Cancel);
        var html = await page.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
        Assert.StartsWith("https://127.0.0.1:", led.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal("/jobs/sign-in", led.Headers.Location.AbsolutePath);
        Assert.Contains("action=\"/jobs/sign-in\"", html, StringComparison.Ordinal);
        Assert.Contains("secure", page.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_proxy_that_is_no_address_stops_the_start()
    {
        await using var host = HostProcess.Launch(
            _database.ConnectionString,
            new Dictionary<string, string> { ["Proxies__Known"] = "my-proxy" }
        );

        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains("Proxies:Known", host.Log, StringComparison.Ordinal);
    }

    private Task<HostProcess> StartAsync(string? known)
    {
        var settings = new Dictionary<string, string>(HostProcess.NoWorkers);
        if (known is not null)
            settings["Proxies__Known"] = known;
        return HostProcess.StartAsync(_database.ConnectionString, settings, Cancel);
    }
}
