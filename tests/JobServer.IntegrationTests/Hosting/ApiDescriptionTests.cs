using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.OpenApi;

namespace JobServer.IntegrationTests.Hosting;

public sealed partial class ApiDescriptionTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_valid_OpenAPI_3_1()
    {
        var text = await running.Host.Http.GetStringAsync("/openapi/v1.json", Cancel);

        var read = OpenApiDocument.Parse(text, "json");

        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic?.SpecificationVersion);
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Empty(read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
    }

    [Fact]
    public async Task It_describes_exactly_the_routes_under_v1_and_the_probes()
    {
        var mapped = await MappedRoutes.ReadAsync(running.Database.ConnectionString, Cancel);

        var described = (await OperationsAsync()).Select(operation => $"{operation.Verb} {operation.Path}");

        Assert.Equal(
            mapped.Where(route => route.Contains(" /v1/") || route.Contains(" /health/")).Order(),
            described.Order()
        );
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_and_how_it_can_be_refused()
    {
        foreach (var (verb, path, operation) in await OperationsAsync())
        {
            var name = $"{verb} {path}";
            Assert.True(operation.TryGetProperty("summary", out _), name);
            if (!path.StartsWith("/v1/", StringComparison.Ordinal))
                continue;
            Assert.True(operation.TryGetProperty("operationId", out _), name);
            var responses = operation
                .GetProperty("responses")
                .EnumerateObject()
                .ToDictionary(r => r.Name, r => r.Value);
            Assert.Contains(responses.Keys, status => status[0] == '2');
            if (path.Contains('{'))
                Assert.True(responses.ContainsKey("404"), $"{name} has no 404");
            foreach (var (status, response) in responses.Where(response => response.Key[0] is '4' or '5'))
            {
                var types = response.GetProperty("content").EnumerateObject().Select(content => content.Name);
                Assert.True(types.Contains("application/problem+json"), $"{name} answers {status} without a problem");
            }
        }
    }

    [Theory]
    [InlineData("POST", "/v1/jobs/fetch", "200 202 400 409 410 413 415 422 503")]
    [InlineData("POST", "/v1/jobs/enrichment", "200 202 400 409 410 413 415 422 503")]
    [InlineData("POST", "/v1/jobs/enrichment/plan", "200 400 413 415 503")]
    [InlineData("POST", "/v1/files", "201 400 408 409 410 413 415 422 429 503")]
    [InlineData("GET", "/v1/files", "200 400 503")]
    [InlineData("GET", "/v1/files/{id}", "200 404 503")]
    [InlineData("DELETE", "/v1/files/{id}", "204 404 409 503")]
    [InlineData("POST", "/v1/jobs/{id}/cancel", "200 202 404 409 503")]
    [InlineData("POST", "/v1/jobs/{id}/pause", "200 404 409 503")]
    [InlineData("POST", "/v1/jobs/{id}/resume", "200 404 409 503")]
    [InlineData("POST", "/v1/queues/{name}/pause", "200 404 409 503")]
    [InlineData("POST", "/v1/queues/{name}/resume", "200 404 409 503")]
    [InlineData("POST", "/v1/jobs/{id}/retry", "200 202 400 404 409 410 413 415 422 503")]
    [InlineData("DELETE", "/v1/jobs/{id}", "204 404 409 503")]
    [InlineData("PUT", "/v1/schedules/{id}", "200 201 400 404 409 413 415 503")]
    [InlineData("DELETE", "/v1/schedules/{id}", "204 404 409 503")]
    [InlineData("POST", "/v1/schedules/{id}/trigger", "200 202 400 404 409 410 422 503")]
    [InlineData("GET", "/v1/jobs/{id}/results", "200 400 404 406 503")]
    [InlineData("GET", "/v1/jobs/{id}/events", "200 204 400 404 406 429 503")]
    [InlineData("GET", "/v1/jobs/{id}/log", "200 400 404 503")]
    public async Task What_an_operation_can_answer_is_all_there(string verb, string path, string statuses)
    {
        var (_, _, operation) = (await OperationsAsync()).Single(found => found.Verb == verb && found.Path == path);

        // What any operation that needs a key can answer.
        var all = statuses.Split(' ').Union(["401", "403", "429"]).Order();
        Assert.Equal(
            string.Join(' ', all),
            string.Join(' ', operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).Order())
        );
    }

    [Fact]
    public async Task The_body_of_a_submission_is_described_as_it_is_read()
    {
        var document = JsonElement.Parse(await running.Host.Http.GetStringAsync("/openapi/v1.json", Cancel));
        var schemas = document.GetProperty("components").GetProperty("schemas");

        var submission = schemas.GetProperty("FetchSubmission");
        Assert.Equal(["urls"], Required(submission));
        Assert.Equal(["url"], Required(schemas.GetProperty("FetchUrl")));
        var item = submission.GetProperty("properties").GetProperty("urls").GetProperty("items").GetProperty("oneOf");
        Assert.Equal("string", item[0].GetProperty("type").GetString());
        Assert.EndsWith("/FetchUrl", item[1].GetProperty("$ref").GetString(), StringComparison.Ordinal);
        var concurrency = schemas.GetProperty("CallSettings").GetProperty("properties").GetProperty("concurrency");
        Assert.Equal("integer", concurrency.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("/v1/jobs/enrichment")]
    [InlineData("/v1/jobs/enrichment/plan")]
    public async Task The_body_of_an_enrichment_is_described_with_every_input_and_step(string path)
    {
        var document = JsonElement.Parse(await running.Host.Http.GetStringAsync("/openapi/v1.json", Cancel));
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var body = document.GetProperty("paths").GetProperty(path).GetProperty("post").GetProperty("requestBody");

        var schema = Resolve(body.GetProperty("content").GetProperty("application/json").GetProperty("schema"));

        Assert.Equal(["input", "steps"], Required(schema));
        Assert.Equal(
            [
                "input",
                "steps",
                "batchSize",
                "options",
                "tags",
                "startAt",
                "deadline",
                "priority",
                "uniqueKey",
                "onConflict",
            ],
            Properties(schema)
        );
        Assert.Equal(
            ["records", "fileId", "files", "fromJob"],
            Properties(Resolve(schema.GetProperty("properties").GetProperty("input")))
        );
        var step = Resolve(schema.GetProperty("properties").GetProperty("steps").GetProperty("items"));
        Assert.Equal(["type"], Required(step));
        Assert.Equal(
            [
                "drop: type field fields",
                "lookup: type url select into headers onError cacheFor",
                "processedAt: type into",
                "rename: type from to",
                "score: type field into modulo",
                "set: type field value",
            ],
            step.GetProperty("discriminator")
                .GetProperty("mapping")
                .EnumerateObject()
                .Select(type =>
                    $"{type.Name}: {string.Join(' ', Properties(schemas.GetProperty(type.Value.GetString()!.Split('/')[^1])))}"
                )
                .Order(StringComparer.Ordinal)
        );

        JsonElement Resolve(JsonElement described) =>
            described.TryGetProperty("$ref", out var reference)
                ? schemas.GetProperty(reference.GetString()!.Split('/')[^1])
                : described;
    }

    [Fact]
    public async Task An_upload_is_described_with_every_media_type_and_parameter()
    {
        var (_, _, upload) = (await OperationsAsync()).Single(found => found is { Verb: "POST", Path: "/v1/files" });

        Assert.Equal(
            ["application/json", "application/octet-stream", "application/x-ndjson", "text/csv"],
            Names(upload.GetProperty("requestBody").GetProperty("content")).Order()
        );
        Assert.Equal(
            ["name", "format", "delimiter", "encoding", "onFault", "Idempotency-Key"],
            upload
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(parameter => parameter.GetProperty("name").GetString())
        );
    }

    private static IEnumerable<string?> Required(JsonElement schema) =>
        schema.GetProperty("required").EnumerateArray().Select(name => name.GetString());

    private static IEnumerable<string> Properties(JsonElement schema) => Names(schema.GetProperty("properties"));

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(member => member.Name);

    [Fact]
    public async Task The_page_that_shows_it_asks_no_other_host()
    {
        using var response = await running.Host.Http.GetAsync("/scalar/", Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var page = await response.Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotMatch(OtherHost, page);
        var scripts = Source.Matches(page).Select(match => match.Groups["url"].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            using var own = await running.Host.Http.GetAsync(
                new Uri(new Uri(running.Host.Http.BaseAddress!, "/scalar/"), script),
                Cancel
            );
            Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        }
    }

    [GeneratedRegex("""https?://|["'(]//""", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex OtherHost { get; }

    [GeneratedRegex("""<(script|link)[^>]*\s(src|href)="(?<url>[^"]+)"?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Source { get; }

    private async Task<List<(string Verb, string Path, JsonElement Operation)>> OperationsAsync()
    {
        var document = JsonElement.Parse(await running.Host.Http.GetStringAsync("/openapi/v1.json", Cancel));
        return
        [
            .. document
                .GetProperty("paths")
                .EnumerateObject()
                .SelectMany(path =>
                    path.Value.EnumerateObject()
                        .Select(operation => (operation.Name.ToUpperInvariant(), path.Name, operation.Value))
                ),
        ];
    }
}
