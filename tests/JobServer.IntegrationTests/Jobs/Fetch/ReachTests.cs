using System.Net;
using System.Net.Sockets;
using JobServer.IntegrationTests.Fixtures;
using static JobServer.IntegrationTests.Jobs.Fetch.FetchScenario;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class ReachTests(RunningHost running) : IClassFixture<RunningHost>
{
    [Fact]
    public async Task A_closed_port_fails_with_connect_failed_after_all_attempts()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var line = Assert.Single(await running.FetchAsync(Quick(), $"http://{bound.LocalEndPoint}/"));

        Assert.Equal(("connect_failed", 3), (line.ErrorCode(), line.Attempts()));
    }

    [Fact]
    public async Task A_name_without_an_address_fails_with_dns_failed()
    {
        var line = Assert.Single(await running.FetchAsync(Quick(maxAttempts: 1), "http://nothing.invalid/"));

        Assert.Equal(("dns_failed", 1), (line.ErrorCode(), line.Attempts()));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    public async Task An_address_that_is_not_public_is_refused_once_with_the_setting_that_would_allow_it(string url)
    {
        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal(("address_refused", 1), (line.ErrorCode(), line.Attempts()));
        Assert.Contains("Outbound:AllowedNetworks", line.Detail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_followed_to_the_last_url()
    {
        var target = $"{running.Peer.Url}/json/7";
        var middle = Redirect(302, target);
        var url = Redirect(308, new Uri(middle).AbsolutePath);

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal((url, target), (line.Value("url").GetString(), line.Value("finalUrl").GetString()));
        Assert.Equal("""{"n":7}""", line.Value("data").GetRawText());
        Assert.Equal(1, line.Attempts());
    }

    [Fact]
    public async Task A_chain_of_redirects_is_limited_and_not_tried_again()
    {
        var path = $"/{Guid.NewGuid():n}";
        running.Peer.Answers[path] = http =>
        {
            http.Response.Redirect(path);
            return Task.CompletedTask;
        };

        var line = Assert.Single(await running.FetchAsync(Quick(), running.Peer.Url + path));

        Assert.Equal(("too_many_redirects", 1), (line.ErrorCode(), line.Attempts()));
        Assert.Contains("Outbound:MaxRedirects", line.Detail(), StringComparison.Ordinal);
        Assert.Equal(6, running.Peer.CallsOf(path));
    }

    [Fact]
    public async Task A_redirect_to_a_refused_address_is_refused()
    {
        var url = Redirect(302, "http://169.254.169.254/latest/meta-data/");

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal(("address_refused", 1), (line.ErrorCode(), line.Attempts()));
    }

    [Fact]
    public async Task A_redirect_that_leads_nowhere_is_the_answer()
    {
        var url = Redirect(302, "ftp://127.0.0.1/");

        var line = Assert.Single(await running.FetchAsync(Quick(), url));

        Assert.Equal(("http_302", 1), (line.ErrorCode(), line.Attempts()));
    }

    private string Redirect(int status, string location) =>
        running.Peer.Serve(http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
}
