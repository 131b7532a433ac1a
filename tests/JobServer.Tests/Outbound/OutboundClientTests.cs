using JobServer.Outbound;
using Microsoft.Extensions.Options;

namespace JobServer.Tests.Outbound;

public sealed class OutboundClientTests
{
    [Fact]
    public void Handler_neither_asks_a_proxy_nor_follows_redirects_nor_keeps_cookies()
    {
        using var handler = OutboundClient.CreateHandler(new OutboundOptions(), Connector());

        Assert.False(handler.UseProxy);
        Assert.False(handler.AllowAutoRedirect);
        Assert.False(handler.UseCookies);
        Assert.Null(handler.ActivityHeadersPropagator);
        Assert.NotNull(handler.ConnectCallback);
    }

    [Theory]
    [InlineData("ftp://example.org/")]
    [InlineData("ws://example.org/")]
    public async Task Url_of_another_scheme_is_a_mistake_of_the_caller(string url)
    {
        using var client = Client();

        await Assert.ThrowsAsync<ArgumentException>(() =>
            client.GetAsync(new OutboundRequest(new Uri(url)), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Header_that_slipped_past_submission_is_not_sent()
    {
        using var client = Client();
        var request = new OutboundRequest(new Uri("http://example.org/"), [KeyValuePair.Create("Host", "other")]);

        await Assert.ThrowsAsync<ArgumentException>(() =>
            client.GetAsync(request, TestContext.Current.CancellationToken)
        );
    }

    private static OutboundClient Client() =>
        new(Options.Create(new OutboundOptions()), Connector(), TimeProvider.System);

    private static OutboundConnector Connector()
    {
        var options = Options.Create(new OutboundOptions());
        return new OutboundConnector(new AddressGuard(options), new HostResolver(), options, TimeProvider.System);
    }
}
