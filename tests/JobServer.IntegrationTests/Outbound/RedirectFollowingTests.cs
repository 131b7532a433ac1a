using System.Net;

namespace JobServer.IntegrationTests.Outbound;

public sealed class RedirectFollowingTests
{
    private static readonly (string, string)[] CallerHeaders =
    [
        ("Authorization", "Bearer secret"),
        ("Cookie", "session=secret"),
        ("X-Api-Key", "secret"),
    ];

    [Fact]
    public async Task Redirect_within_the_origin_keeps_the_callers_headers_and_the_connection()
    {
        await using var server = new RawServer(head =>
            head.StartsWith("GET /start ", StringComparison.Ordinal)
                ? RawServer.Moved("end?x=1")
                : RawServer.Ok("there")
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        using var response = await outbound.GetAsync(server.Url("/start#part"), CallerHeaders);

        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.Equal(server.Url("/end?x=1#part"), response.FinalUrl);
        Assert.Equal(1, server.Accepted);
        var second = server.Requests.ToArray()[1];
        Assert.StartsWith("GET /end?x=1 HTTP/1.1\r\n", second, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer secret\r\n", second, StringComparison.Ordinal);
        Assert.Contains("User-Agent: JobServer/", second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.2")] // another host
    [InlineData("localhost")] // another name of the same address
    public async Task Redirect_to_another_origin_drops_every_header_of_the_caller(string host)
    {
        await using var other = new RawServer(_ => RawServer.Ok("there"), IPAddress.Any);
        await using var server = new RawServer(_ => RawServer.Moved(other.Url("/", host).AbsoluteUri));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        using var response = await outbound.GetAsync(server.Url(), [.. CallerHeaders, ("User-Agent", "secret/1")]);

        Assert.Equal(host, response.FinalUrl.Host);
        Assert.Contains("secret", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Assert.Single(other.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_dropped_on_the_way_out_does_not_come_back_on_the_way_home()
    {
        RawServer? home = null;
        await using var away = new RawServer(_ => RawServer.Moved(home!.Url("/end").AbsoluteUri));
        await using var start = home = new RawServer(head =>
            head.StartsWith("GET /end ", StringComparison.Ordinal)
                ? RawServer.Ok("there")
                : RawServer.Moved(away.Url().AbsoluteUri)
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        using var response = await outbound.GetAsync(home.Url("/start"), CallerHeaders);

        Assert.Equal(home.Url("/end"), response.FinalUrl);
        Assert.DoesNotContain("secret", home.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_in_a_location_are_neither_sent_nor_kept()
    {
        await using var server = new RawServer(head =>
            head.StartsWith("GET / ", StringComparison.Ordinal)
                ? RawServer.Moved($"http://user:secret@{head.Split("Host: ")[1].Split('\r')[0]}/end")
                : RawServer.Ok("there")
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        using var response = await outbound.GetAsync(server.Url());

        Assert.Equal(server.Url("/end"), response.FinalUrl);
        Assert.Empty(response.FinalUrl.UserInfo);
        Assert.DoesNotContain("Authorization", server.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_redirects_as_allowed_are_followed_and_not_one_more()
    {
        await using var server = new RawServer(head =>
        {
            var left = int.Parse(head.Split('/', ' ')[2]);
            return left == 0 ? RawServer.Ok("there") : RawServer.Moved($"/{left - 1}");
        });
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("there", await outbound.ReadAsync(server.Url("/5")));
        Assert.Equal(6, server.Requests.Count);

        Assert.Equal("too_many_redirects", (await outbound.FailAsync(server.Url("/6"))).Code);
        Assert.Equal(12, server.Requests.Count);
    }

    [Fact]
    public async Task Redirect_loop_ends()
    {
        await using var server = new RawServer(_ => RawServer.Moved("/"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(server.Url());

        Assert.Equal("too_many_redirects", fault.Code);
        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://")]
    public async Task Redirect_that_cannot_be_followed_is_the_answer(string location)
    {
        await using var server = new RawServer(_ => RawServer.Moved(location));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        using var response = await outbound.GetAsync(server.Url());

        Assert.Equal(HttpStatusCode.Found, response.Status);
        Assert.Equal(server.Url(), response.FinalUrl);
    }
}
