using System.Net;
using System.Net.Http.Headers;
using System.Text;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class SubmissionRefusalTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Bodies => [.. RefusedBodies.All.Keys];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_faulty_body_is_refused_with_every_fault_named_and_nothing_written(string what)
    {
        var refused = RefusedBodies.All[what];
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        using var response = await PostAsync(refused.Body, "application/json");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(refused.Fields, problem.Fields());
        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    public async Task A_body_of_another_media_type_is_refused(string? mediaType)
    {
        using var response = await PostAsync(Encoding.UTF8.GetBytes($"{{{RefusedBodies.Urls}}}"), mediaType);

        await response.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", Cancel);
    }

    [Theory]
    [InlineData("10", "is a bare number, which has no unit")]
    [InlineData("\"10\"", "is a bare number, which has no unit")]
    [InlineData("\"-00:00:10\"", "must not be negative")]
    [InlineData("\"00:10:01\"", "must be from 00:00:00.1000000 to 00:10:00")]
    public async Task A_refused_duration_says_what_it_must_be(string duration, string said)
    {
        var body = $$"""{ {{RefusedBodies.Urls}}, "options": { "itemTimeout": {{duration}} } }""";

        using var response = await PostAsync(Encoding.UTF8.GetBytes(body), "application/json");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.StartsWith(said, problem.Fault("options.itemTimeout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_a_hundred_faults_are_not_listed()
    {
        var body = $$"""{"urls":[{{string.Join(',', Enumerable.Repeat("0", 1000))}}]}""";

        using var response = await PostAsync(Encoding.UTF8.GetBytes(body), "application/json");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(101, problem.Fields().Length);
        Assert.Equal("has more faults: only the first 100 are shown", problem.Fault("$"));
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string? mediaType)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = mediaType is null ? null : new MediaTypeHeaderValue(mediaType);
        return await running.Host.Http.PostAsync("/v1/jobs/fetch", content, Cancel);
    }
}
