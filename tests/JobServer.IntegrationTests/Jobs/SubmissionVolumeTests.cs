using System.Net;
using System.Text;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class SubmissionVolumeTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const long DefaultMaxBytes = 128L << 20;

    // More than is read before a connection is taken, so that the rest is written while it is read.
    private const int SpilledItems = 100_000;
    private const int UrlBytes = 48;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fault_after_megabytes_of_good_items_leaves_nothing_behind()
    {
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await PostAsync(
            async (body, cancel) =>
            {
                await WriteAsync(body, "{\"urls\":[", cancel);
                await WriteUrlsAsync(body, SpilledItems, cancel);
                await WriteAsync(body, ",5],\"tags\":[]}", cancel);
            }
        );

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal([$"urls[{SpilledItems}]"], problem.Fields());
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_fault_in_the_options_after_megabytes_of_good_items_leaves_nothing_behind()
    {
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await PostAsync(
            async (body, cancel) =>
            {
                await WriteAsync(body, "{\"urls\":[", cancel);
                await WriteUrlsAsync(body, SpilledItems, cancel);
                await WriteAsync(body, "],\"options\":{\"concurrency\":0}}", cancel);
            }
        );

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["options.concurrency"], problem.Fields());
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_million_and_one_urls_are_refused()
    {
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await PostAsync(
            async (body, cancel) =>
            {
                await WriteAsync(body, "{\"urls\":[", cancel);
                await WriteUrlsAsync(body, 1_000_001, cancel);
                await WriteAsync(body, "]}", cancel);
            }
        );

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal("holds more than 1000000 items; split it into several jobs", problem.Fault("urls"));
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_body_declared_too_large_is_refused_before_it_is_sent()
    {
        var sent = false;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        request.Headers.ExpectContinue = true;
        request.Content = new StreamedContent(
            (_, _) =>
            {
                sent = true;
                return Task.CompletedTask;
            },
            200L << 20
        );
        // Without this the client stops waiting for the go-ahead after a second.
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan })
        {
            BaseAddress = running.Host.Http.BaseAddress,
            DefaultRequestHeaders = { Authorization = running.Host.Http.DefaultRequestHeaders.Authorization },
        };

        using var response = await http.SendAsync(request, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body-too-large", Cancel);
        Assert.Contains(
            $"{DefaultMaxBytes} bytes",
            problem.GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.False(sent);
    }

    [Fact]
    public async Task A_body_that_grows_too_large_is_refused()
    {
        var before = await WrittenRows.CountAsync(running.Database, Cancel);
        var blanks = Enumerable.Repeat((byte)' ', 1 << 20).ToArray();

        using var response = await PostAsync(
            async (body, cancel) =>
            {
                await WriteAsync(body, "{\"urls\":[", cancel);
                await WriteUrlsAsync(body, SpilledItems, cancel);
                // Little more than the limit: a client still writing would meet a closed connection, not an answer.
                for (var left = DefaultMaxBytes - (SpilledItems * UrlBytes); left > 0; left -= blanks.Length)
                    await body.WriteAsync(blanks.AsMemory(0, (int)Math.Min(left, blanks.Length)), cancel);
            }
        );

        await response.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body-too-large", Cancel);
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    private async Task<HttpResponseMessage> PostAsync(Func<Stream, CancellationToken, Task> write)
    {
        using var content = new StreamedContent(write);
        return await running.Host.Http.PostAsync("/v1/jobs/fetch", content, Cancel);
    }

    private static async Task WriteUrlsAsync(Stream body, int count, CancellationToken cancellationToken)
    {
        var urls = new StringBuilder();
        for (var n = 0; n < count; n++)
        {
            urls.Append(n == 0 ? "\"" : ",\"")
                .Append("http://127.0.0.1:9/")
                .Append(n % 10)
                .Append("/forty-eight/bytes/of/all\"");
            if (urls.Length < 1 << 16)
                continue;
            await WriteAsync(body, urls.ToString(), cancellationToken);
            urls.Clear();
        }

        await WriteAsync(body, urls.ToString(), cancellationToken);
    }

    private static Task WriteAsync(Stream body, string text, CancellationToken cancellationToken) =>
        body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).AsTask();
}
