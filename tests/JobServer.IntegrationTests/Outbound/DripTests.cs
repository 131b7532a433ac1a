using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>Servers that never come to an end: whoever calls them gets its slot back when the item's time is over.</summary>
public sealed class DripTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    // Several bytes fit into the time of an item, so that none of them may wind its clock up again.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("status line", "HTTP/1.1 200 ", "O")]
    [InlineData("header", "HTTP/1.1 200 OK\r\nX-A: ", "a")]
    [InlineData("headers", "HTTP/1.1 200 OK\r\n", "X-A: a\r\n")]
    [InlineData("interim answers", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")]
    [InlineData("body", "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", "a")]
    [InlineData("body without length", "HTTP/1.0 200 OK\r\n\r\n", "a")]
    [InlineData("chunks", Chunked, "1\r\na\r\n")]
    [InlineData("chunk size", Chunked, "0")]
    [InlineData("chunk extension", $"{Chunked}1;a=", "a")]
    [InlineData("trailers", $"{Chunked}1\r\na\r\n0\r\n", "X-A: a\r\n")]
    public async Task Endless_drip_frees_its_slot_when_the_time_of_its_item_is_over(
        string what,
        string begin,
        string drip
    )
    {
        await using var server = new RawServer(
            (stream, head, token) => AnswerAsync(stream, head, begin, drip, Pace, token)
        );

        await AssertNextIsServedAsync(server, what, "timeout");
    }

    [Theory]
    [InlineData("headers", "HTTP/1.1 200 OK\r\n", "X-A: a\r\n", "invalid_response")]
    [InlineData("interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", "invalid_response")]
    [InlineData("chunks", Chunked, "1\r\na\r\n", "body_too_large")]
    [InlineData("chunk extension", $"{Chunked}1;a=", "aaaaaaaaaaaaaaaa", "connection_lost")]
    [InlineData("trailers", $"{Chunked}1\r\na\r\n0\r\n", "X-A: a\r\n", "invalid_response")]
    public async Task Endless_flood_frees_its_slot(string what, string begin, string flood, string code)
    {
        // Pieces of a segment or so each: as fast as the caller takes them.
        var pieces = string.Concat(Enumerable.Repeat(flood, 100));
        await using var server = new RawServer(
            (stream, head, token) => AnswerAsync(stream, head, begin, pieces, TimeSpan.Zero, token)
        );

        await AssertNextIsServedAsync(server, what, code);
    }

    private static async Task AnswerAsync(
        Stream stream,
        string head,
        string begin,
        string piece,
        TimeSpan pace,
        CancellationToken cancellationToken
    )
    {
        if (head.StartsWith("GET /next ", StringComparison.Ordinal))
        {
            await RawServer.WriteAsync(stream, RawServer.Ok("{}"), cancellationToken);
            return;
        }

        await RawServer.WriteAsync(stream, begin, cancellationToken);
        while (true)
        {
            await RawServer.WriteAsync(stream, piece, cancellationToken);
            if (pace > TimeSpan.Zero)
                await Task.Delay(pace, cancellationToken);
        }
    }

    /// <summary>Of two items with one slot between them the second runs once the first has given it back.</summary>
    private async Task AssertNextIsServedAsync(RawServer server, string what, string code)
    {
        var body = new
        {
            urls = new[] { server.Url("/endless"), server.Url("/next") },
            options = new
            {
                concurrency = 1,
                perHostConcurrency = 1,
                itemTimeout = "00:00:00.5",
                maxBodyBytes = 100_000,
                retry = new { maxAttempts = 1 },
            },
            tags = new[] { what },
        };
        var id = (await running.Jobs.SubmitAsync(body, Cancel)).Id();
        await running.Jobs.WaitForEndAsync(id, Cancel);

        var lines = await running.Jobs.ResultsAsync(id, Cancel);
        Assert.Equal([code, null], lines.Select(line => line.ErrorCode()));
        Assert.Equal(2, server.Accepted);
    }
}
