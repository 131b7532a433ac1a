using System.Net;
using System.Text;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>Asks a host whose database is away for anything that it maps.</summary>
internal static class EveryRoute
{
    private const string Fetch = """{"urls": ["http://127.0.0.1:9/"]}""";
    private const string Enrichment = """{"input": {"records": [{"n": 1}]}, "steps": [{"type": "processedAt"}]}""";
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    // What can be answered by the process alone.
    private static readonly HashSet<string> NeedNoDatabase =
    [
        "GET /v1/hosts",
        "GET /v1/sample",
        "POST /v1/jobs/enrichment/plan",
    ];

    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["POST /v1/jobs/fetch"] = Fetch,
        ["POST /v1/jobs/enrichment"] = Enrichment,
        ["POST /v1/jobs/enrichment/plan"] = Enrichment,
        ["POST /v1/jobs/benchmark"] = """{"strategies": ["cpu-sequential"], "numbers": 10, "rounds": 2}""",
        ["PUT /v1/schedules/{id}"] = $$"""{"cron": "@daily", "kind": "fetch", "args": {{Fetch}}}""",
        ["POST /v1/keys"] = """{"name": "x", "scopes": ["jobs:read"]}""",
        ["POST /v1/files"] = """[{"n": 1}]""",
    };

    /// <summary>503 within 5 s, unless no database is needed.</summary>
    public static async Task ExpectAwayAsync(HostProcess host, string route, CancellationToken cancellationToken)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(route);
        var parts = route.Split(' ');
        var path = parts[1]
            .Replace("schedules/{id}", "schedules/nightly", StringComparison.Ordinal)
            .Replace("{id}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
            .Replace("{name}", "fetch", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Parse(parts[0]), path);
        if (Bodies.TryGetValue(route, out var body))
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await ExpectAwayAsync(host, route, request, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"{route} was not answered within {AnswerLimit}.");
        }
    }

    private static async Task ExpectAwayAsync(
        HostProcess host,
        string route,
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using var answer = await host.Http.SendAsync(request, cancellationToken);
        if (NeedNoDatabase.Contains(route))
        {
            Assert.True(answer.IsSuccessStatusCode, $"{route}: {answer.StatusCode}");
            return;
        }

        var said = $"{route}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}";
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, said);
        await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable", cancellationToken);
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero, said);
    }
}
