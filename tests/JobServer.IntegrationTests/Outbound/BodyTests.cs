using System.IO.Compression;
using System.Text;

namespace JobServer.IntegrationTests.Outbound;

public sealed class BodyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Compressed_body_is_read_as_what_it_stands_for(string encoding)
    {
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(n => $"line {n}\n"));
        var packed = Pack(encoding, Encoding.ASCII.GetBytes(text));
        await using var server = new RawServer(
            (stream, _, token) => SendAsync(stream, packed, $"Content-Encoding: {encoding}\r\n", token)
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal(text, await outbound.ReadAsync(server.Url()));
        Assert.Contains("Accept-Encoding: gzip, deflate, br", server.Requests.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\n0123456789")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n")]
    public async Task Body_of_exactly_the_cap_is_read_and_one_byte_more_is_not(string answer)
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\n" + answer);
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("0123456789", await outbound.ReadAsync(server.Url(), maxBytes: 10));
        Assert.Equal("body_too_large", (await outbound.FailAsync(server.Url(), maxBytes: 9)).Code);
        Assert.Equal("body_too_large", (await outbound.FailAsync(server.Url(), maxBytes: 0)).Code);
    }

    [Fact]
    public async Task Empty_body_is_within_a_cap_of_nothing()
    {
        await using var server = new RawServer(_ => RawServer.Ok(""));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("", await outbound.ReadAsync(server.Url(), maxBytes: 0));
    }

    [Fact]
    public async Task Declared_length_over_the_cap_is_refused_before_the_body()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("body_too_large", (await outbound.FailAsync(server.Url())).Code);
        await server.Closed.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task Endless_body_is_cut_at_the_cap_and_its_connection_closed()
    {
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\n\r\n", token);
                while (true)
                    await stream.WriteAsync(new byte[64 * 1024], token);
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("body_too_large", (await outbound.FailAsync(server.Url())).Code);
        await server.Closed.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_bomb_is_cut_at_the_cap(string encoding)
    {
        var bomb = Pack(encoding, new byte[64 * 1024 * 1024]);
        Assert.InRange(bomb.Length, 1, 128 * 1024);
        await using var server = new RawServer(
            (stream, _, token) => SendAsync(stream, bomb, $"Content-Encoding: {encoding}\r\n", token)
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("body_too_large", (await outbound.FailAsync(server.Url())).Code);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Body_that_does_not_decompress_is_an_invalid_response(string encoding)
    {
        await using var server = new RawServer(_ =>
            RawServer.Ok("this is not compressed at all", $"Content-Encoding: {encoding}\r\n")
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        Assert.Equal("invalid_response", (await outbound.FailAsync(server.Url())).Code);
    }

    [Fact]
    public async Task Connection_is_used_again_after_a_body()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        for (var i = 0; i < 20; i++)
            Assert.Equal("hello", await outbound.ReadAsync(server.Url()));

        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task Cookie_of_one_answer_is_not_sent_with_the_next_request()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello", "Set-Cookie: a=b\r\n"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        await outbound.ReadAsync(server.Url());
        await outbound.ReadAsync(server.Url());

        Assert.All(server.Requests, head => Assert.DoesNotContain("Cookie", head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_is_not_touched_after_it_was_given_back()
    {
        await using var server = new RawServer(_ => RawServer.Ok("hello"));
        using var outbound = new OutboundFixture("127.0.0.0/8");
        using var response = await outbound.GetAsync(server.Url());
        var body = await response.ReadBodyAsync(100, Cancel);
        body.Dispose();
        body.Dispose();

        Assert.Throws<ObjectDisposedException>(() => body.Memory);
        Assert.InRange(response.Total, response.FirstByte, TimeSpan.FromMinutes(1));
    }

    private static byte[] Pack(string encoding, byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (
            Stream stream = encoding switch
            {
                "gzip" => new GZipStream(packed, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(packed, CompressionLevel.Optimal),
                _ => new BrotliStream(packed, CompressionLevel.Optimal),
            }
        )
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private static async Task SendAsync(Stream stream, byte[] body, string headers, CancellationToken token)
    {
        var head = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{headers}\r\n";
        await RawServer.WriteAsync(stream, head, token);
        await stream.WriteAsync(body, token);
    }
}
