using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class RequestHeadersTests
{
    [Theory]
    [InlineData("Authorization", "Bearer abc")]
    [InlineData("Cookie", "a=b; c=d")]
    [InlineData("Accept", "application/json")]
    [InlineData("If-None-Match", "\"etag\"")]
    [InlineData("User-Agent", "mine/1.0")]
    [InlineData("X-Api-Key", "k\tv")]
    [InlineData("X-Empty", "")]
    public void Ordinary_header_is_accepted(string name, string value)
    {
        Assert.Null(RequestHeaders.Refusal(name, value));

        // What is accepted here must not be dropped by the message.
        using var message = new HttpRequestMessage();
        Assert.True(message.Headers.TryAddWithoutValidation(name, value));
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("host")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Transfer-Encoding")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Upgrade")]
    [InlineData("HTTP2-Settings")]
    [InlineData("Expect")]
    [InlineData("Accept-Encoding")]
    [InlineData("Range")]
    [InlineData("If-Range")]
    [InlineData("Content-Length")]
    [InlineData("Content-Type")]
    [InlineData("content-anything")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Sec-Fetch-Mode")]
    [InlineData("Allow")]
    [InlineData("Expires")]
    [InlineData("Last-Modified")]
    public void Header_that_the_server_sets_is_refused(string name)
    {
        Assert.Contains("set by the server", RequestHeaders.Refusal(name, "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":authority")]
    [InlineData("a b")]
    [InlineData("a:")]
    [InlineData("a\r\nHost")]
    [InlineData("ä")]
    public void Name_that_is_no_token_is_refused(string name)
    {
        Assert.StartsWith("a header name has", RequestHeaders.Refusal(name, "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\r\nHost: b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u007f")]
    [InlineData("ä")]
    [InlineData(" a")]
    [InlineData("a\t")]
    public void Value_that_could_break_out_of_its_line_is_refused(string value)
    {
        Assert.StartsWith("a header value", RequestHeaders.Refusal("X-A", value), StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_limited()
    {
        Assert.Null(RequestHeaders.Refusal(new string('a', 128), new string('b', 8192)));
        Assert.NotNull(RequestHeaders.Refusal(new string('a', 129), "b"));
        Assert.NotNull(RequestHeaders.Refusal("a", new string('b', 8193)));
    }
}
