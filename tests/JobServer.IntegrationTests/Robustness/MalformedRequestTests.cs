using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Robustness;

/// <summary>Random and malformed requests to every route that the host describes.</summary>
/// <remarks>
/// <c>JOBSERVER_FUZZ_REQUESTS</c> says how many, and <c>JOBSERVER_FUZZ_SEED</c> which; without them 2000 by a new seed.
/// </remarks>
public sealed class MalformedRequestTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly string[] Verbs =
    [
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "HEAD",
        "OPTIONS",
        "TRACE",
        "ZZZ",
    ];
    private static readonly string[] Texts =
    [
        "",
        "0",
        "-1",
        "null",
        "00000000-0000-0000-0000-000000000000",
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "..%2f..%2fetc",
        "'%20or%201=1--",
        "%f0%9f%92%a9",
        "99999999999999999999999999",
        "NaN",
        "1e999",
        "%0d%0aX:%20y",
        "a%1b%5b31m",
    ];
    private static readonly string[] Types =
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/json; charset=none",
        "text/csv",
        "application/x-ndjson",
        "multipart/form-data",
        "application/octet-stream",
        "x",
        "",
    ];
    private static readonly string[] Members =
    [
        "urls",
        "options",
        "input",
        "steps",
        "records",
        "strategies",
        "args",
        "cron",
        "kind",
        "tags",
        "startAt",
        "deadline",
        "priority",
        "uniqueKey",
        "onConflict",
        "retry",
        "concurrency",
        "url",
        "type",
        "field",
        "value",
        "timeZone",
    ];

    private static readonly string[] Values =
    [
        "null",
        "true",
        "0",
        "-0",
        "-1",
        "1e999",
        "99999999999999999999999999999",
        "0.1",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u001b[31m\\r\\n\"",
        "\"fetch\"",
        "\"enrichment\"",
        "\"set\"",
        "\"cpu-parallel\"",
        "\"http://127.0.0.1:1/\"",
        "\"* * * * *\"",
        "\"00:00:01\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"0001-01-01T00:00:00+14:00\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "{}",
        "[]",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_ends_in_a_fault_of_the_server()
    {
        var count = Setting("JOBSERVER_FUZZ_REQUESTS", 2000);
        var seed = Setting("JOBSERVER_FUZZ_SEED", Random.Shared.Next());
        var said = $"JOBSERVER_FUZZ_SEED={seed}";
        TestContext.Current.SendDiagnosticMessage(said);
        var random = new Random(seed);
        var document = JsonElement.Parse(await running.Host.Http.GetStringAsync("/openapi/v1.json", Cancel));
        var paths = document.GetProperty("paths").EnumerateObject().ToList();
        var faults = new List<string>();

        for (var n = 0; n < count; n++)
        {
            var path = paths[n % paths.Count];
            var described = path
                .Value.EnumerateObject()
                .Select(operation => operation.Name.ToUpperInvariant())
                .ToArray();
            var verb = Pick(random, random.Next(4) > 0 ? described : Verbs);
            using var request = Make(random, verb, path.Name);
            var sent = $"{said}, request {n}: {request.Method} {request.RequestUri}";
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(20));
            using var response = await running.Host.Http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                limit.Token
            );
            if (await FaultAsync(verb, path.Name, response, limit.Token) is { } fault)
                faults.Add($"{fault}; {sent}");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(20)));
        using var health = await running.Host.Http.GetAsync("/health/ready", Cancel);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.DoesNotContain("unhandled exception", running.Host.Log, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string?> FaultAsync(
        string verb,
        string path,
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var status = (int)response.StatusCode;
        if (status >= 500)
            return $"{status} {await response.Content.ReadAsStringAsync(cancellationToken)}";
        if (status < 400 || verb == "HEAD" || !path.StartsWith("/v1/", StringComparison.Ordinal))
            return null;

        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        // Kestrel itself refuses a path with a NUL, before anything of ours sees it.
        if (status == 400 && body.Length == 0 && response.RequestMessage!.RequestUri!.AbsolutePath.Contains("%00"))
            return null;
        return
            response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            && JsonElement
                .Parse(body)
                .GetProperty("type")
                .GetString()!
                .StartsWith("urn:jobserver:", StringComparison.Ordinal)
            ? null
            : $"{status} without a problem: '{body}'";
    }

    private static HttpRequestMessage Make(Random random, string verb, string path)
    {
        var address = string.Concat(
            path.Split('/').Skip(1).Select(part => "/" + (part.StartsWith('{') ? Pick(random, Texts) : part))
        );
        if (random.Next(2) == 0)
            address +=
                $"?{Pick(random, ["limit", "after", "state", "kind", "format", "cursor", "x", "name"])}={Pick(random, Texts)}";
        var request = new HttpRequestMessage(new HttpMethod(verb), new Uri(address, UriKind.Relative));
        if (random.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("Prefer", Pick(random, Texts));
        if (random.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("Accept", Pick(random, Types));
        if (random.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", Pick(random, Texts) + random.Next(3));
        if (random.Next(9) == 0)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", Pick(random, Texts));
        if (verb is not ("GET" or "HEAD" or "TRACE"))
        {
            request.Content = new ByteArrayContent(Body(random));
            var type = random.Next(3) > 0 ? Types[0] : Pick(random, Types);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (random.Next(9) == 0)
                request.Content.Headers.TryAddWithoutValidation(
                    "Content-Encoding",
                    Pick(random, ["gzip", "br", "gzip, gzip", "identity", ""])
                );
        }

        return request;
    }

    private static byte[] Body(Random random)
    {
        byte[] body =
            random.Next(20) == 0
                ? Encoding.UTF8.GetBytes(new string('[', random.Next(1, 100_000)))
                : Encoding.UTF8.GetBytes(Json(random, random.Next(1, 6)));
        switch (random.Next(5))
        {
            case 0 when body.Length > 0:
                return body[..random.Next(body.Length)];
            case 1 when body.Length > 0:
                body[random.Next(body.Length)] = (byte)random.Next(256);
                return body;
            case 2 when random.Next(3) == 0:
                random.NextBytes(body);
                return body;
            default:
                return body;
        }
    }

    private static string Json(Random random, int depth) =>
        (depth == 0 ? random.Next(2, 4) : random.Next(4)) switch
        {
            0 => "{"
                + string.Join(',', Some(random).Select(_ => $"\"{Pick(random, Members)}\":{Json(random, depth - 1)}"))
                + "}",
            1 => "[" + string.Join(',', Some(random).Select(_ => Json(random, depth - 1))) + "]",
            _ => Pick(random, Values),
        };

    private static IEnumerable<int> Some(Random random) => Enumerable.Range(0, random.Next(5));

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : otherwise;
}
