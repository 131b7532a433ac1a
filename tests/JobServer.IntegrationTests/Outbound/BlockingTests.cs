using System.IO.Compression;
using System.Net;
using System.Text;
using JobServer.Outbound;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>Calls that block their thread keep to all that awaited ones keep to.</summary>
public sealed class BlockingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Body_is_decompressed()
    {
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(n => $"line {n}\n"));
        var packed = Pack(text);
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, Head($"Content-Length: {packed.Length}", "gzip"), token);
                await stream.WriteAsync(packed, token);
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal(text, await outbound.ReadBlockingAsync(server.Url()));
        Assert.Equal("body_too_large", (await outbound.FailBlockingAsync(server.Url(), text.Length - 1)).Code);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\n0123456789")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n")]
    public async Task Body_of_exactly_the_cap_is_read_and_one_byte_more_is_not(string answer)
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\n" + answer);
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("0123456789", await outbound.ReadBlockingAsync(server.Url(), maxBytes: 10));
        Assert.Equal("body_too_large", (await outbound.FailBlockingAsync(server.Url(), maxBytes: 9)).Code);
    }

    [Theory]
    [InlineData("Content-Length: 100", null)]
    [InlineData("Transfer-Encoding: chunked", null)]
    [InlineData("Connection: close", null)] // the body ends when the connection does: not when we close it
    [InlineData("Content-Length: 100", "gzip")]
    public async Task Body_that_stalls_in_the_middle_is_given_up_when_the_token_says_so(
        string framing,
        string? encoding
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var stalls = true;
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                if (!stalls)
                {
                    await RawServer.WriteAsync(stream, RawServer.Ok("another"), token);
                    return;
                }

                stalls = false;
                await RawServer.WriteAsync(stream, Head(framing, encoding), token);
                await stream.WriteAsync(Beginning(framing, encoding), token);
                limit.CancelAfter(TimeSpan.FromMilliseconds(100));
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailBlockingAsync(server.Url(), limit: limit.Token);

        Assert.Equal("timeout", fault.Code);
        await server.Closed.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal("another", await outbound.ReadBlockingAsync(server.Url()));
        Assert.Equal(2, server.Accepted);
    }

    [Theory]
    [InlineData("")] // never a word
    [InlineData("HTTP/1.1 200 OK\r\nX-A: ")] // stops within the headers
    public async Task Slow_headers_are_given_up_when_the_token_says_so(string answer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, answer, token);
                await limit.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("timeout", (await outbound.FailBlockingAsync(server.Url(), limit: limit.Token)).Code);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "connection_lost")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "invalid_response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip", "invalid_response")]
    public async Task Answer_that_breaks_off_or_is_no_http_has_its_code(string answer, string code)
    {
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, answer, token);
                throw new IOException("closes the connection");
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal(code, (await outbound.FailBlockingAsync(server.Url())).Code);
    }

    [Fact]
    public async Task Address_that_is_not_allowed_is_not_connected_to()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello"));
        using var outbound = new OutboundFixture();

        Assert.Equal("address_refused", (await outbound.FailBlockingAsync(server.Url())).Code);
        Assert.Equal(0, server.Accepted);
    }

    [Fact]
    public async Task Connection_is_used_again_by_blocking_and_awaited_calls_alike()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("hello", await outbound.ReadBlockingAsync(server.Url()));
            Assert.Equal("hello", await outbound.ReadAsync(server.Url()));
        }

        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task Redirect_is_followed()
    {
        await using var server = new RawServer(head =>
            head.StartsWith("GET /end ", StringComparison.Ordinal) ? RawServer.Ok("there") : RawServer.Moved("/end")
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("there", await outbound.ReadBlockingAsync(server.Url("/start")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redirect_is_the_answer_where_it_is_not_to_be_followed(bool blocking)
    {
        await using var server = new RawServer(_ => RawServer.Moved("/end"));
        using var outbound = new OutboundFixture("127.0.0.0/8");
        var request = new OutboundRequest(server.Url("/start"), FollowRedirects: false);

        using var response = blocking
            ? outbound.Client.Get(request, Cancel)
            : await outbound.Client.GetAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Found, response.Status);
        Assert.Equal(server.Url("/start"), response.FinalUrl);
        Assert.Single(server.Requests);
    }

    private static string Head(string framing, string? encoding) =>
        $"HTTP/1.1 200 OK\r\n{framing}\r\n{(encoding is null ? "" : $"Content-Encoding: {encoding}\r\n")}\r\n";

    private static byte[] Beginning(string framing, string? encoding)
    {
        if (encoding is not null)
            return Pack("abc")[..10];
        return Encoding.ASCII.GetBytes(framing.EndsWith("chunked", StringComparison.Ordinal) ? "5\r\nabc" : "abc");
    }

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(Encoding.ASCII.GetBytes(text));
        return packed.ToArray();
    }
}
