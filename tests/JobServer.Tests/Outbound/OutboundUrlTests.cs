using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class OutboundUrlTests
{
    [Theory]
    [InlineData("http://example.org")]
    [InlineData("HTTPS://Example.org:8443/a b?q=1#f")]
    [InlineData("http://[2606:4700::1111]:80/")]
    [InlineData("https://bücher.example/ü")]
    [InlineData("http://0xabc.example./")]
    [InlineData("http://127.0.0.1.example/")]
    [InlineData("http://1.2.3.0xyz/")]
    // A refused address is refused when it is connected to, not by its spelling.
    [InlineData("http://127.0.0.1/")]
    public void Absolute_http_url_is_accepted(string text)
    {
        Assert.True(OutboundUrl.TryParse(text, out var url, out var refusal));

        Assert.True(url.IsAbsoluteUri);
        Assert.Null(refusal);
        Assert.Null(OutboundUrl.Refusal(text));
    }

    [Theory]
    [InlineData("", "it is not an absolute URL")]
    [InlineData("example.org/a", "it is not an absolute URL")]
    [InlineData("/etc/passwd", "it is not an absolute URL")]
    [InlineData("//example.org/a", "it is not an absolute URL")]
    [InlineData("http://", "it is not an absolute URL")]
    [InlineData("http:///a", "it is not an absolute URL")]
    [InlineData("http://example.org:99999/", "it is not an absolute URL")]
    [InlineData("ftp://example.org/", "only http and https URLs can be fetched")]
    [InlineData("file:///etc/passwd", "only http and https URLs can be fetched")]
    [InlineData("gopher://example.org/", "only http and https URLs can be fetched")]
    [InlineData("ws://example.org/", "only http and https URLs can be fetched")]
    [InlineData("javascript:alert(1)", "only http and https URLs can be fetched")]
    [InlineData(
        "http://me@example.org/",
        "a URL carries no user name or password; send an Authorization header instead"
    )]
    [InlineData(
        "http://a:b@example.org/",
        "a URL carries no user name or password; send an Authorization header instead"
    )]
    [InlineData("http://xn--ü/", "the host name is not valid")]
    // Names that a system's resolver may take for an address.
    [InlineData("http://127.0.0.1./", "the host name is not valid")]
    [InlineData("http://2130706433./", "the host name is not valid")]
    [InlineData("http://0x7f.0.0.0x1./", "the host name is not valid")]
    [InlineData("http://example.256/", "the host name is not valid")]
    [InlineData("http://example.0x/", "the host name is not valid")]
    [InlineData("http://example.org/\r\nHost: b", "a URL has no control characters")]
    [InlineData("http://example.org/\0", "a URL has no control characters")]
    [InlineData("http://example.org/\u0085", "a URL has no control characters")]
    public void Other_text_is_refused_in_plain_words(string text, string reason)
    {
        Assert.False(OutboundUrl.TryParse(text, out var url, out var refusal));

        Assert.Null(url);
        Assert.Equal(reason, refusal);
    }

    [Fact]
    public void Length_is_limited_for_the_url_and_for_its_host()
    {
        const string Start = "http://example.org/";
        var longest = Start + new string('a', OutboundUrl.MaxLength - Start.Length);

        Assert.Null(OutboundUrl.Refusal(longest));
        Assert.Equal("a URL has at most 8192 characters", OutboundUrl.Refusal(longest + "a"));
        Assert.NotNull(OutboundUrl.Refusal($"http://{string.Join('.', Enumerable.Repeat("abcdefghi", 30))}/"));
    }
}
