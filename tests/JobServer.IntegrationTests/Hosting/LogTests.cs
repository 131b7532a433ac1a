using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Dashboard;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.Hosting;

/// <summary>What the host writes when it is asked to write all it can.</summary>
public sealed class LogTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Hostile = "\u001b[2J\u009b\u202e\r\n2026-01-01T00:00:00.000Z crit: forged";

    private TestDatabase _database = null!;
    private HostProcess _host = null!;
    private Peer _peer = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _peer = await Peer.StartAsync();
        string[] categories = ["Default", "Microsoft.AspNetCore", "Microsoft.Hosting.Lifetime", "Hangfire", "Npgsql"];
        var all = categories.ToDictionary(category => $"Logging__LogLevel__{category}", _ => "Trace");
        _host = await HostProcess.StartAsync(_database.ConnectionString, all, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _peer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_clients_and_peers_send_reaches_no_terminal_raw_and_forges_no_line()
    {
        var jobs = new JobClient(_host.Http);
        var body = new
        {
            urls = new[] { new { url = $"{_peer.Url}/status/500", key = Hostile } },
            uniqueKey = Hostile.Replace("\r\n", " ", StringComparison.Ordinal),
            options = new { retry = new { maxAttempts = 1 } },
        };
        using (var answer = await _host.Http.PostAsJsonAsync("/v1/jobs/fetch", body, Cancel))
        {
            if (answer.StatusCode == HttpStatusCode.Accepted)
                await jobs.WaitForEndAsync((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id(), Cancel);
        }

        foreach (
            var path in (string[])
                ["/v1/jobs/%1b%0a%0d", "/v1/queues/%1b%5b2J", "/v1/jobs?tag=%1b%e2%80%ae", "/%0a/../%9b"]
        )
            using (await _host.Http.GetAsync(path, Cancel)) { }
        using (var wrong = _host.ClientOf("jsk_of-nobody"))
        using (await wrong.GetAsync("/v1/jobs", Cancel)) { }
        using (
            await _host.Http.PostAsJsonAsync("/v1/keys", new { name = Hostile, scopes = new[] { "jobs:read" } }, Cancel)
        ) { }
        await _host.StopAsync(Cancel);

        var log = _host.Log;
        Assert.Contains(" dbug: ", log, StringComparison.Ordinal);
        Assert.DoesNotContain(log, letter => letter != '\n' && IsUnsafe(letter));
        Assert.DoesNotContain("\n2026-01-01", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_written_even_where_all_else_is()
    {
        var made = (await _host.MakeAsync("default", Cancel, "jobs:read", "jobs:write")).Text();
        using var client = _host.ClientOf(made);
        var body = new
        {
            urls = new object[]
            {
                new
                {
                    url = $"{_peer.Url}/json/1?token=secret-of-a-query",
                    headers = new { Authorization = "Bearer secret-of-a-header" },
                },
                new
                {
                    url = "http://127.0.0.1:1/?token=secret-of-a-query",
                    headers = new { Cookie = "secret-of-a-cookie" },
                },
            },
            options = new { retry = new { maxAttempts = 1 } },
        };
        var jobs = new JobClient(client);
        await jobs.WaitForEndAsync((await jobs.SubmitAsync(body, Cancel)).Id(), Cancel);
        using var visitor = new Visitor(_host, made);
        using (await visitor.GetAsync("/hangfire/ledger", Cancel)) { }
        using (await client.GetAsync("/v1/jobs", Cancel)) { }
        await _host.StopAsync(Cancel);

        var log = _host.Log;
        Assert.Contains(" dbug: ", log, StringComparison.Ordinal);
        var password = new NpgsqlConnectionStringBuilder(_database.ConnectionString).Password!;
        Assert.NotEmpty(password);
        foreach (var secret in (string[])[HostProcess.Key, made, password, "secret-of-a-"])
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
    }

    private static bool IsUnsafe(char letter) =>
        char.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
