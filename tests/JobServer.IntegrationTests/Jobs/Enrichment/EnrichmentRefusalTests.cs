using System.Net;
using System.Net.Http.Headers;
using System.Text;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

public sealed class EnrichmentRefusalTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const int DefaultMaxBytes = 16 << 20;

    private static readonly string[] Paths = [EnrichmentScenario.Path, $"{EnrichmentScenario.Path}/plan"];

    public static TheoryData<string> Bodies => [.. RefusedSubmissions.All.Keys];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_faulty_body_is_refused_with_every_fault_named_and_nothing_stored(string what)
    {
        var (body, fields) = RefusedSubmissions.All[what];
        body = body.Replace("FILE", await running.UploadAsync("a,b\n1,2\n"), StringComparison.Ordinal);
        body = body.Replace("EMPTY", await running.UploadAsync("a,b\n"), StringComparison.Ordinal);
        var before = await StoredRows.CountAsync(running.Database, Cancel);

        foreach (var path in Paths)
        {
            using var response = await running.PostAsync(path, body);

            var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
            Assert.Equal(fields.Split(' '), problem.Fields());
            Assert.Equal(before, await StoredRows.CountAsync(running.Database, Cancel));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/csv")]
    [InlineData("application/x-ndjson")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task A_body_of_another_media_type_is_refused(string? mediaType)
    {
        foreach (var path in Paths)
        {
            using var content = new ByteArrayContent("{\"input\":{\"records\":[{}]},\"steps\":[]}"u8.ToArray());
            content.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);

            using var response = await running.Host.Http.PostAsync(path, content, Cancel);

            await response.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", Cancel);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused_with_what_to_do_instead(bool declared)
    {
        var body = Encoding.UTF8.GetBytes(
            $$"""{"input":{"records":[{"a":"{{new string('x', DefaultMaxBytes)}}"}]},"steps":[{"type":"processedAt"}]}"""
        );
        var before = await StoredRows.CountAsync(running.Database, Cancel);

        foreach (var path in Paths)
        {
            // Little more than the limit, and not before the host says so: a client that is still writing would meet a
            // closed connection, not an answer.
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Headers.ExpectContinue = declared;
            request.Content = new StreamedContent(
                (stream, cancel) => stream.WriteAsync(body, cancel).AsTask(),
                declared ? body.Length : null
            );

            using var response = await running.Host.Http.SendAsync(request, Cancel);

            var problem = await response.ReadProblemAsync(
                HttpStatusCode.RequestEntityTooLarge,
                "body-too-large",
                Cancel
            );
            Assert.Contains("POST /v1/files", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(before, await StoredRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_body_of_the_limit_is_taken()
    {
        const string Start = "{\"input\":{\"records\":[{\"a\":\"";
        const string End = "\"}]},\"steps\":[{\"type\":\"drop\",\"field\":\"a\"}]}";
        var body = Start + new string('x', DefaultMaxBytes - Start.Length - End.Length) + End;

        using var response = await running.PostAsync(EnrichmentScenario.Path, body);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = response.Headers.Location!.OriginalString[^36..];
        await running.Jobs.WaitForEndAsync(job, Cancel);
        Assert.Equal("{}", Assert.Single(await running.LinesAsync(job)).Raw());
    }
}
