using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Benchmark;
using JobServer.IntegrationTests.Jobs.Enrichment;
using JobServer.IntegrationTests.Jobs.Fetch;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>
/// The real host, allowed to reach one network of loopback, is led to a canary on every other address of this machine.
/// </summary>
public sealed class HostGuardTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly int[] RedirectStatuses = [301, 302, 303, 307, 308];

    private readonly RawServer _canary = new(_ => RawServer.Ok("secret"), IPAddress.IPv6Any);
    private readonly RawServer _proxy = new(_ => RawServer.Ok("proxied"));
    private RawServer _origin = null!;
    private string[] _urls = null!;
    private string[] _locations = null!;
    private TestDatabase _database = null!;
    private HostProcess _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Origin => $"http://127.9.9.9:{_origin.Port}";

    public async ValueTask InitializeAsync()
    {
        _origin = new RawServer(AnswerAsync, IPAddress.Parse("127.9.9.9"));
        _urls =
        [
            .. Spellings.Hosts.Select(host => $"http://{host}:{_canary.Port}/").Concat(Spellings.Urls(_canary.Port)),
        ];
        _locations =
        [
            .. _urls.Where(url => !url.AsSpan().ContainsAny("\r\n\0")),
            $"//127.0.0.1:{_canary.Port}/",
            $"/\\127.0.0.1:{_canary.Port}/",
            $"\\/127.0.0.1:{_canary.Port}/",
            $"/..//127.0.0.1:{_canary.Port}/",
            $"http://user:secret@127.0.0.1:{_canary.Port}/",
            $"http://user:secret@[::ffff:127.0.0.1]:{_canary.Port}/",
        ];
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _host = await StartAsync("127.9.9.0/24");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _origin.DisposeAsync();
        await _proxy.DisposeAsync();
        await _canary.DisposeAsync();
    }

    [Fact]
    public async Task The_canary_hears_every_address_of_this_machine()
    {
        IPAddress[] addresses = [.. Spellings.Own, IPAddress.IPv6Loopback];
        foreach (var address in addresses)
        {
            using var caller = new TcpClient(address.AddressFamily);
            await caller.ConnectAsync(address, _canary.Port, Cancel);
        }

        await Until.TrueAsync(() => _canary.Accepted == addresses.Length, Cancel);
    }

    [Theory]
    [InlineData("127.9.9.0/24")]
    [InlineData("")]
    public async Task No_spelling_of_an_address_leads_to_it(string allowed)
    {
        await using var host = await StartAsync(allowed);
        var reached = new List<string>();

        await Parallel.ForEachAsync(
            _urls,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            async (url, _) =>
            {
                var outcome = await SubmitAloneAsync(host, url);
                if (!IsRefusal(outcome, url))
                    lock (reached)
                        reached.Add($"{outcome}: {JsonSerializer.Serialize(url)}");
            }
        );

        Assert.True(_urls.Length > 450, $"Only {_urls.Length} spellings.");
        Assert.Empty(reached);
        Assert.Equal(0, _canary.Accepted);
    }

    [Fact]
    public async Task No_redirect_leads_there_either()
    {
        var paths = Enumerable
            .Range(0, _locations.Length)
            .SelectMany(n => RedirectStatuses.Where((_, i) => n % 5 == i || n % 10 == 0).Select(s => $"/{s}/{n}"))
            .ToList();

        var lines = await FetchAsync([.. paths.Select(path => Origin + path)]);

        Assert.Equal(paths.Count, lines.Count);
        var wrong = lines
            .Select(line => (Line: line, Location: _locations[int.Parse(line.Key().Split('/')[^1])]))
            .Where(end => !IsHarmless(end.Line, end.Location))
            .Select(end => $"{end.Line} by {end.Location}")
            .ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Contains(lines, line => line.ErrorCode() == "address_refused");
        Assert.InRange(_origin.Requests.Count, paths.Count, int.MaxValue);
        Assert.Equal(0, _canary.Accepted);
    }

    [Fact]
    public async Task A_refresh_header_and_a_page_that_moves_are_not_followed()
    {
        var line = Assert.Single(await FetchAsync([$"{Origin}/refresh"]));

        Assert.Null(line.ErrorCode());
        Assert.Equal(0, _canary.Accepted);
    }

    [Fact]
    public async Task A_refusal_says_the_same_whether_something_listens_or_not()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var lines = await FetchAsync([
            $"http://127.0.0.1:{_canary.Port}/",
            $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndPoint!).Port}/",
            "http://127.0.0.1:1/",
            $"https://127.0.0.1:{_canary.Port}/",
        ]);

        var error = Assert.Single(lines.Select(line => line.GetProperty("error").GetRawText()).Distinct());
        Assert.Contains("address_refused", error, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal(1, line.GetProperty("attempts").GetInt32()));
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_asked()
    {
        var lines = await FetchAsync([$"{Origin}/", $"http://127.0.0.1:{_canary.Port}/", "https://127.9.9.9:1/"]);

        Assert.Equal([null, "address_refused", "connect_failed"], lines.Select(line => line.ErrorCode()));
        Assert.Equal((0, 0), (_proxy.Accepted, _canary.Accepted));
    }

    [Fact]
    public async Task No_lookup_of_an_enrichment_leads_there()
    {
        foreach (var url in _urls.Where((_, n) => n % 12 == 0))
        {
            var submission = new
            {
                input = new { records = new[] { new { a = 1 } } },
                steps = new[]
                {
                    new
                    {
                        type = "lookup",
                        url,
                        into = "found",
                    },
                },
                options = FetchScenario.Quick(maxAttempts: 1),
            };
            var outcome = await SubmitAsync(_host, EnrichmentScenario.Path, submission);
            Assert.True(IsRefusal(outcome, url), $"{outcome}: {url}");
        }

        Assert.Equal(0, _canary.Accepted);
    }

    [Fact]
    public async Task No_benchmark_calls_there()
    {
        foreach (var host in (string[])["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]"])
        {
            var submission = new
            {
                strategies = new[] { "io-async" },
                urls = new[] { $"http://{host}:{_canary.Port}/" },
                rounds = 1,
                warmup = 0,
            };
            var outcome = await SubmitAsync(_host, BenchmarkScenario.Path, submission);
            Assert.True(outcome is "refused at submission" or "address_refused", $"{outcome}: {host}");
        }

        Assert.Equal(0, _canary.Accepted);
    }

    /// <summary>
    /// Refused, whether something listens or not. Digits and letters of other scripts, and some resolvers' localhost with
    /// a full stop, make a name that nobody has; so does what stands after an at sign. That it does not resolve says
    /// nothing of what listens.
    /// </summary>
    private static bool IsRefusal(string outcome, string url) =>
        outcome is "refused at submission" or "address_refused"
        || (
            outcome == "dns_failed"
            && (
                !Ascii.IsValid(url)
                || url.Contains("localhost.", StringComparison.Ordinal)
                || url.Contains("@example.invalid", StringComparison.Ordinal)
            )
        );

    /// <summary>Refused, or an answer of the origin itself: a redirect that is not followed, or a page of its own.</summary>
    private bool IsHarmless(JsonElement line, string location) =>
        line.ErrorCode() is { } code
            ? IsRefusal(code, location) || RedirectStatuses.Any(status => code == $"http_{status}")
            : new Uri(line.Value("finalUrl").GetString()!).Authority == new Uri(Origin).Authority;

    private Task AnswerAsync(Stream stream, string request, CancellationToken token)
    {
        var path = request.Split(' ')[1];
        var answer = path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [var status, var n] when int.TryParse(status, out var code) && int.TryParse(n, out var index) =>
                RawServer.Moved(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(_locations[index])), code),
            ["refresh"] => RawServer.Ok(
                $"<meta http-equiv=refresh content='0;url=http://127.0.0.1:{_canary.Port}/'>",
                $"Content-Type: text/html\r\nRefresh: 0;url=http://127.0.0.1:{_canary.Port}/\r\n"
                    + $"Location: http://127.0.0.1:{_canary.Port}/\r\n"
            ),
            _ => RawServer.Ok("home"),
        };
        return RawServer.WriteAsync(stream, answer, token);
    }

    private Task<HostProcess> StartAsync(string allowed)
    {
        string[] proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        var settings = proxies.ToDictionary(name => name, _ => $"http://127.0.0.1:{_proxy.Port}");
        // One text wins over the list that tests have by default.
        settings["Outbound__AllowedNetworks"] = allowed;
        settings["Outbound__AllowedNetworks__0"] = "192.0.2.0/24";
        settings["Jobs__Benchmark__AllowedHosts"] = "127.0.0.1,localhost,[::1],[::ffff:127.0.0.1]";
        settings["NO_PROXY"] = "";
        return HostProcess.StartAsync(_database.ConnectionString, settings, Cancel);
    }

    private async Task<List<JsonElement>> FetchAsync(string[] urls)
    {
        var jobs = new JobClient(_host.Http);
        var job = await jobs.SubmitAsync(new { urls, options = FetchScenario.Quick(maxAttempts: 1) }, Cancel);
        await jobs.WaitForEndAsync(job.Id(), Cancel);
        return await jobs.ResultsAsync(job.Id(), Cancel);
    }

    private static Task<string> SubmitAloneAsync(HostProcess host, string url) =>
        SubmitAsync(
            host,
            "/v1/jobs/fetch",
            new { urls = new[] { url }, options = FetchScenario.Quick(maxAttempts: 1) }
        );

    /// <summary>The code of the only item, or that the submission was refused for its URL.</summary>
    private static async Task<string> SubmitAsync(HostProcess host, string path, object submission)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(submission) };
        request.Headers.Add("Prefer", "wait=30");
        using var response = await host.Http.SendAsync(request, Cancel);
        if (response.StatusCode == HttpStatusCode.BadRequest)
        {
            await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
            return "refused at submission";
        }

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        var lines = await new JobClient(host.Http).ResultsAsync(job.Id(), Cancel);
        return Assert.Single(lines).ErrorCode() ?? "succeeded";
    }
}
