using System.Net;
using System.Net.Http.Headers;
using System.Text;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Hosting;

namespace JobServer.IntegrationTests.Access;

/// <summary>Walks every route there is, so that one that is added is asked for, too.</summary>
public sealed class ClosedDoorTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly string[] Open =
    [
        "GET /health/live",
        "GET /health/ready",
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/style.css",
    ];

    // The dashboard has routes of its own under one of the host's.
    private static readonly string[] Dashboard =
    [
        "GET /hangfire",
        "GET /hangfire/",
        "GET /hangfire/ledger",
        "GET /hangfire/ledger/table",
        "GET /hangfire/jobs/enqueued",
        "GET /hangfire/jobs/enqueued/fetch",
        "GET /hangfire/jobs/succeeded",
        "GET /hangfire/jobs/details/1",
        "GET /hangfire/recurring",
        "GET /hangfire/retries",
        "GET /hangfire/servers",
        "GET /hangfire/css18",
        "GET /hangfire/js18",
        "POST /hangfire/stats",
        "POST /hangfire/jobs/succeeded/requeue",
        "POST /hangfire/jobs/actions/delete/1",
        "POST /hangfire/recurring/trigger",
        "POST /hangfire/ledger/01999999-0000-7000-8000-000000000000/cancel",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer the-admin-key-of-every-host-in-these-test")]
    [InlineData("Bearer the-admin-key-of-every-host-in-these-tests2")]
    [InlineData("Bearer THE-ADMIN-KEY-OF-EVERY-HOST-IN-THESE-TESTS")]
    [InlineData("Bearer jsk_01999999000070008000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic dXNlcjp0aGUtYWRtaW4ta2V5LW9mLWV2ZXJ5LWhvc3QtaW4tdGhlc2UtdGVzdHM=")]
    [InlineData("the-admin-key-of-every-host-in-these-tests")]
    public async Task Nothing_but_the_open_doors_answers_without_a_key(string? authorization)
    {
        using var stranger = running.Host.ClientOf(key: null);
        if (authorization is not null)
            stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        var before = await WrittenRows.CountAsync(running.Database, Cancel);
        var routes = await RoutesAsync();

        Assert.True(routes.Count > 50, $"Only {routes.Count} routes were found.");
        Assert.Empty(Open.Except(routes));
        foreach (var route in routes)
        {
            using var response = await SendAsync(stranger, route);
            if (Open.Contains(route))
                Assert.True((int)response.StatusCode is 200 or 400, $"{route} answered {response.StatusCode}.");
            else
                await ExpectRefusedAsync(route, response);
        }

        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
    }

    [Theory]
    [InlineData("GET /nowhere")]
    [InlineData("GET /v1/jobs/../../etc/passwd")]
    [InlineData("GET //hangfire")]
    [InlineData("GET /%68angfire/ledger")]
    [InlineData("GET /HANGFIRE/ledger")]
    [InlineData("GET /health/live/..%2f..%2fv1/jobs")]
    [InlineData("GET /sign-in/../v1/jobs")]
    [InlineData("PATCH /v1/jobs")]
    [InlineData("TRACE /v1/jobs")]
    [InlineData("OPTIONS /v1/jobs")]
    [InlineData("GET /v1/jobs?key=the-admin-key-of-every-host-in-these-tests")]
    [InlineData("GET /v1/jobs?access_token=the-admin-key-of-every-host-in-these-tests")]
    public async Task Other_spellings_and_methods_are_closed_too(string route)
    {
        using var stranger = running.Host.ClientOf(key: null);

        using var response = await SendAsync(stranger, route);

        await ExpectRefusedAsync(route, response);
    }

    [Fact]
    public async Task A_key_opens_what_its_scopes_name_and_nothing_else()
    {
        string[] scopes = [.. Keys.AllButAdmin, "admin"];
        var clients = new Dictionary<string, HttpClient>();
        foreach (var scope in scopes)
            clients[scope] = await running.Host.ClientOfAsync("scoped", Cancel, scope);

        foreach (var route in (await RoutesAsync()).Where(route => route.Contains(" /v1/", StringComparison.Ordinal)))
        {
            var admitted = new List<string>();
            foreach (var scope in scopes)
            {
                using var response = await SendAsync(clients[scope], route);
                Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
                if (response.StatusCode != HttpStatusCode.Forbidden)
                    admitted.Add(scope);
                else
                    await response.ReadProblemAsync(HttpStatusCode.Forbidden, "not-allowed", Cancel);
            }

            Assert.Equal($"{route}: {NeededFor(route)}", $"{route}: {string.Join(' ', admitted)}");
        }

        foreach (var client in clients.Values)
            client.Dispose();
    }

    private static string NeededFor(string route) =>
        route switch
        {
            _ when route.Contains(" /v1/queues", StringComparison.Ordinal) => "",
            _ when route.Contains(" /v1/hosts", StringComparison.Ordinal) => "",
            _ when route.Contains(" /v1/keys", StringComparison.Ordinal) => "admin",
            _ when route.Contains(" /v1/audit", StringComparison.Ordinal) => "admin",
            "POST /v1/jobs/benchmark" => "benchmark admin",
            _ when route.StartsWith("GET ", StringComparison.Ordinal) => "jobs:read admin",
            _ when route.Contains(" /v1/schedules", StringComparison.Ordinal) => "schedules:write admin",
            _ => "jobs:write admin",
        };

    private async Task<HashSet<string>> RoutesAsync() =>
        [.. await MappedRoutes.ReadAsync(running.Database.ConnectionString, Cancel), .. Dashboard];

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string route)
    {
        var (verb, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        path = path.Replace("{id}", "01999999-0000-7000-8000-000000000000", StringComparison.Ordinal)
            .Replace("{name}", "fetch", StringComparison.Ordinal)
            .Replace("{documentName}", "v1", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(
            new HttpMethod(verb),
            new Uri(
                client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path,
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );
        if (verb is "POST" or "PUT")
            request.Content = new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    private static async Task ExpectRefusedAsync(string route, HttpResponseMessage response)
    {
        Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{route} answered {response.StatusCode}.");
        await response.ReadProblemAsync(HttpStatusCode.Unauthorized, "key-needed", Cancel);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }
}
