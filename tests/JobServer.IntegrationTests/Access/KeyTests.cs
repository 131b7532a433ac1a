using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

public sealed partial class KeyTests(RunningHost running) : IClassFixture<RunningHost>
{
    // A key may ask only so often.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Admin => running.Host.Http;

    [Fact]
    public async Task A_key_is_shown_once_and_stored_as_a_hash()
    {
        var key = await running.Host.MakeAsync("default", Cancel, "jobs:read");
        using var client = running.Host.ClientOf(key.Text());
        using var answer = await client.GetAsync("/v1/jobs", Cancel);

        var listed = await Admin.GetStringAsync("/v1/keys", Cancel);
        var one = await Admin.GetStringAsync($"/v1/keys/{key.Id()}", Cancel);
        var stored = await running.Database.QueryAsync<string>(
            $"select k::text from jobserver.keys k where id = '{key.Id()}'",
            Cancel
        );

        Assert.Matches("^jsk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$", key.Text());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(key.Id(), listed, StringComparison.Ordinal);
        var secret = key.Text().Split('_', 3)[2];
        foreach (var place in new[] { listed, one, stored, running.Host.Log })
            Assert.DoesNotContain(secret, place, StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, JsonElement.Parse(one).GetProperty("lastUsedAt").ValueKind);
    }

    [Fact]
    public async Task Secrets_of_keys_do_not_repeat()
    {
        var made = new HashSet<string>();
        for (var i = 0; i < 20; i++)
            made.Add((await running.Host.MakeAsync("default", Cancel, "jobs:read")).Text().Split('_', 3)[2]);

        Assert.Equal(20, made.Count);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_here_and_soon_elsewhere()
    {
        await using var other = await HostProcess.StartAsync(
            running.Database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        var key = await running.Host.MakeAsync("default", Cancel, "jobs:read");
        using var here = running.Host.ClientOf(key.Text());
        using var elsewhere = other.ClientOf(key.Text());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(here));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(elsewhere));

        using var revoked = await Admin.DeleteAsync($"/v1/keys/{key.Id()}", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(here));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while (await StatusAsync(elsewhere) != HttpStatusCode.Unauthorized)
            await Task.Delay(Pause, limit.Token);
        var listed = await Admin.GetFromJsonAsync<JsonElement>($"/v1/keys/{key.Id()}", Cancel);
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("revokedAt").ValueKind);
    }

    [Fact]
    public async Task A_key_ends_when_it_expires()
    {
        var expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(3);
        using var made = await Admin.PostAsJsonAsync(
            "/v1/keys",
            new
            {
                name = "short",
                scopes = new[] { "jobs:read" },
                expiresAt,
            },
            Cancel
        );
        using var client = running.Host.ClientOf((await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Text());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        while (await StatusAsync(client) == HttpStatusCode.OK)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < expiresAt.AddSeconds(10), "The key is good for too long.");
            await Task.Delay(Pause, Cancel);
        }

        Assert.True(TimeProvider.System.GetUtcNow() >= expiresAt.AddSeconds(-1));
    }

    [Theory]
    [InlineData("""{"name": "x"}""", "scopes")]
    [InlineData("""{"name": "x", "scopes": []}""", "scopes")]
    [InlineData("""{"name": "x", "scopes": ["everything"]}""", "scopes")]
    [InlineData("""{"scopes": ["admin"]}""", "name")]
    [InlineData("""{"name": "", "scopes": ["admin"]}""", "name")]
    [InlineData("""{"name": "x", "scopes": ["admin"], "tenant": "a/b"}""", "tenant")]
    [InlineData("""{"name": "x", "scopes": ["admin"], "tenant": "A"}""", "tenant")]
    [InlineData("""{"name": "x", "scopes": ["admin"], "expiresAt": "2020-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name": "x", "scopes": ["admin"], "key": "mine"}""", "key")]
    public async Task What_makes_no_key_is_refused(string body, string field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using var response = await Admin.PostAsync("/v1/keys", content, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Contains(field, problem.Fields());
    }

    [Fact]
    public async Task Only_the_operator_makes_keys_of_other_tenants()
    {
        using var admin = await running.Host.ClientOfAsync("acme", Cancel, "admin");
        var other = await running.Host.MakeAsync("rival", Cancel, "jobs:read");
        var body = new
        {
            name = "x",
            scopes = new[] { "jobs:read" },
            tenant = "rival",
        };

        using var refused = await admin.PostAsJsonAsync("/v1/keys", body, Cancel);
        using var own = await admin.PostAsJsonAsync("/v1/keys", body with { tenant = "acme" }, Cancel);
        using var revoked = await admin.DeleteAsync($"/v1/keys/{other.Id()}", Cancel);
        var listed = await admin.GetStringAsync("/v1/keys?limit=500", Cancel);

        var problem = await refused.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["tenant"], problem.Fields());
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);
        await revoked.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-key", Cancel);
        Assert.DoesNotContain("rival", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_makes_lists_and_revokes_keys()
    {
        var made = await RunAsync("create", "--name", "ci", "--scopes=jobs:read,jobs:write", "--expires", "P1D");
        using var client = running.Host.ClientOf(made.Trim());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        var id = Id.Match(await RunAsync("list")).Groups["id"].Value;
        await RunAsync("revoke", id);
        var keys = await RunAsync("list");

        Assert.Contains("ci  jobs:read,jobs:write  revoked", keys, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Trim(), keys, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys", "create", "--name", "x", "--scopes", "everything")]
    [InlineData("keys", "create", "--scopes", "admin")]
    [InlineData("keys", "create", "--name", "x", "--scopes", "admin", "--expires", "soon")]
    [InlineData("keys", "forget")]
    public async Task The_command_line_says_what_is_wrong(params string[] arguments)
    {
        await using var verb = HostProcess.Launch(running.Database.ConnectionString, null, arguments);

        Assert.Equal(2, await verb.WaitForExitAsync(Cancel));
        Assert.NotEmpty(verb.Log);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/v1/jobs", Cancel);
        return response.StatusCode;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        await using var verb = HostProcess.Launch(running.Database.ConnectionString, null, ["keys", .. arguments]);
        Assert.True(await verb.WaitForExitAsync(Cancel) == 0, verb.Log);
        return verb.Log;
    }

    [GeneratedRegex("^(?<id>[0-9a-f-]{36})  default  ci ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Id { get; }
}
