using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

public sealed class UploadRefusalTests(RunningHost running) : IClassFixture<RunningHost>
{
    // Pieces of it are written before the fault is met.
    private static readonly string Megabytes = string.Concat(Enumerable.Range(0, 200_000).Select(n => $"{n},Ann\n"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], string, string> Broken =>
        new()
        {
            { "text/csv", [], "", "" },
            { "text/csv", "a,b\n1,2\n\"3,4\n"u8.ToArray(), "", "row 3 column 1" },
            { "text/csv", "a,b\n1,\"2\"x\n"u8.ToArray(), "", "row 2 column 2" },
            { "text/csv", [.. "a,b\n\n1,"u8, 0xFC, .. "\n"u8], "", "row 3" },
            { "text/csv", "a\n1\n2"u8.ToArray(), "?encoding=utf-16le&delimiter=,", "row 1" },
            { "text/csv", Encoding.UTF8.GetBytes($"a,b\n{Megabytes}1,\"2"), "", "row 200002 column 2" },
            { "text/csv", [.. FileClient.Gzip(Encoding.UTF8.GetBytes($"a,b\n{Megabytes}")).SkipLast(1)], "", "" },
            { "application/json", "[{\"a\":1},\n {\"a\":]"u8.ToArray(), "", "row 2 line 2 column 7" },
            { "application/json", "[{\"a\":1},\n 2 2]"u8.ToArray(), "", "row 3 line 2 column 4" },
            { "application/json", "x"u8.ToArray(), "", "line 1 column 1" },
            { "application/x-ndjson", "{\"a\":1}\n\n{\"a\":,}\n"u8.ToArray(), "", "row 2 line 3 column 6" },
            { "application/octet-stream", "PK\u0003\u0004 and so on"u8.ToArray(), "", "" },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_file_is_refused_with_its_place_and_leaves_nothing(
        string type,
        byte[] body,
        string query,
        string place
    )
    {
        var before = await running.Database.CountFilesAsync(Cancel);

        using var response = await running.Host.Http.UploadAsync(body, type, query, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "broken-file", Cancel);
        Assert.Equal("The file is broken.", problem.GetProperty("title").GetString());
        Assert.EndsWith(".", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var places = new[] { "row", "line", "column" }
            .Where(name => problem.TryGetProperty(name, out JsonElement _))
            .Select(name => $"{name} {problem.GetProperty(name).GetInt64()}");
        Assert.Equal(place, string.Join(' ', places));
        Assert.Equal(before, await running.Database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task Every_wrong_parameter_is_named_at_once()
    {
        using var response = await running.Host.Http.UploadAsync(
            "a\n1\n",
            "text/csv; charset=ebcdic",
            $"?name={new string('x', 256)}&format=xml&delimiter=ab&encoding=utf-7&onFault=ignore&nmae=x",
            Cancel
        );

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(
            ["charset of Content-Type", "delimiter", "encoding", "format", "name", "nmae", "onFault"],
            problem.Fields().Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("?format=csv&format=json", "format")]
    [InlineData("?name=a%00b", "name")]
    [InlineData("?format=json&delimiter=;", "delimiter")]
    public async Task A_wrong_parameter_is_named(string query, string field)
    {
        using var response = await running.Host.Http.UploadAsync("[]", null, query, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal([field], problem.Fields());
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json-seq")]
    [InlineData("application/xml")]
    [InlineData("image/png")]
    public async Task Other_media_types_are_refused_and_told_what_to_send(string type)
    {
        using var response = await running.Host.Http.UploadAsync("a\n1\n", type, "", Cancel);

        var problem = await response.ReadProblemAsync(
            HttpStatusCode.UnsupportedMediaType,
            "unsupported-media-type",
            Cancel
        );
        Assert.Contains("--data-binary @file", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    public async Task Other_content_encodings_are_refused(string encoding)
    {
        using var response = await running.Host.Http.UploadAsync("a\n"u8.ToArray(), "text/csv", "", Cancel, encoding);

        await response.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-content-encoding", Cancel);
    }
}
