using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Dashboard;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

public sealed class AuditTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_did_what_is_on_record_and_nothing_else()
    {
        var key = await running.Host.MakeAsync("audited", Cancel, "jobs:read", "jobs:write", "schedules:write");
        using var client = running.Host.ClientOf(key.Text());
        using var admin = await running.Host.ClientOfAsync("audited", Cancel, "admin");
        // One that nothing runs of, so that it is cancelled at once.
        var later = new
        {
            urls = new[] { $"{running.Peer.Url}/hang" },
            startAt = TimeProvider.System.GetUtcNow().AddDays(1),
        };
        var job = (await new JobClient(client).SubmitAsync(later, Cancel)).Id();
        using var paused = await client.PostAsync($"/v1/jobs/{job}/pause", content: null, Cancel);
        using var read = await client.GetAsync($"/v1/jobs/{job}", Cancel);
        using var cancelled = await client.PostAsync($"/v1/jobs/{job}/cancel", content: null, Cancel);
        using var unknown = await client.PostAsync($"/v1/jobs/{Guid.NewGuid()}/cancel", content: null, Cancel);
        using var schedule = await client.PutAsJsonAsync(
            "/v1/schedules/daily",
            new
            {
                cron = "@daily",
                kind = "fetch",
                args = new { urls = new[] { running.Peer.Url } },
            },
            Cancel
        );

        var entries = await ReadAsync(admin, $"keyId={key.Id()}");

        Assert.Equal(
            [
                $"201 PutSchedule /v1/schedules/daily",
                $"200 CancelJob /v1/jobs/{job}/cancel",
                $"200 PauseJob /v1/jobs/{job}/pause",
                $"202 SubmitJob /v1/jobs/{job}",
            ],
            entries.Select(entry =>
                $"{entry.GetProperty("status")} {entry.GetProperty("action").GetString()} {entry.GetProperty("subject").GetString()}"
            )
        );
        Assert.All(
            entries,
            entry =>
            {
                Assert.Equal("of audited", entry.GetProperty("actor").GetString());
                Assert.Equal("127.0.0.1", entry.GetProperty("address").GetString());
            }
        );
        Assert.DoesNotContain(
            await ReadAsync(running.Host.Http, ""),
            entry => entry.ToString().Contains(job, StringComparison.Ordinal)
        );
        Assert.Equal(4, (await ReadAsync(running.Host.Http, $"tenant=audited&keyId={key.Id()}")).Count);
        Assert.Equal(
            "CancelJob",
            Assert.Single(await ReadAsync(admin, "action=CancelJob")).GetProperty("action").GetString()
        );
    }

    [Fact]
    public async Task Keys_sign_ins_and_buttons_are_on_record_too()
    {
        var key = await running.Host.MakeAsync("default", Cancel, "jobs:read", "jobs:write");
        using var visitor = new Visitor(running.Host, key.Text());
        var job = (await running.Jobs.SubmitAsync(new { urls = new[] { $"{running.Peer.Url}/hang" } }, Cancel)).Id();
        using var pressed = await visitor.PressAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        using var refused = await visitor.PressWithoutTokenAsync($"/hangfire/ledger/{job}/cancel", Cancel);
        using var revoked = await running.Host.Http.DeleteAsync($"/v1/keys/{key.Id()}", Cancel);

        var made = Assert.Single(
            await ReadAsync(running.Host.Http, "action=CreateKey"),
            entry => entry.ToString().Contains(key.Id(), StringComparison.Ordinal)
        );
        var ended = Assert.Single(
            await ReadAsync(running.Host.Http, "action=RevokeKey"),
            entry => entry.ToString().Contains(key.Id(), StringComparison.Ordinal)
        );
        var own = await ReadAsync(running.Host.Http, $"keyId={key.Id()}");

        Assert.Equal("bootstrap", made.GetProperty("actor").GetString());
        Assert.Equal("bootstrap", ended.GetProperty("actor").GetString());
        Assert.Equal(["PressButton", "SignIn"], own.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal($"/hangfire/ledger/{job}/cancel", own[0].GetProperty("subject").GetString());
    }

    [Fact]
    public async Task Pages_lead_to_the_oldest_entry()
    {
        using var admin = await running.Host.ClientOfAsync("paged", Cancel, "admin");
        for (var i = 0; i < 5; i++)
        {
            using var made = await admin.PostAsJsonAsync(
                "/v1/keys",
                new { name = "x", scopes = new[] { "jobs:read" } },
                Cancel
            );
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }

        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await admin.GetFromJsonAsync<JsonElement>(
                $"/v1/audit?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}",
                Cancel
            );
            seen.AddRange(
                page.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("no").GetInt64())
            );
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);

        Assert.Equal(5, seen.Count);
        Assert.Equal(seen.OrderDescending(), seen);
    }

    [Fact]
    public async Task Entries_are_erased_when_they_are_old()
    {
        var settings = new Dictionary<string, string>(HostProcess.NoWorkers)
        {
            ["Retention__Audit"] = "00:00:01",
            ["Retention__Interval"] = "00:00:01",
        };
        await running.Host.MakeAsync("forgetful", Cancel, "jobs:read");
        await using var host = await HostProcess.StartAsync(running.Database.ConnectionString, settings, Cancel);

        await running.Database.WaitForAsync(
            "select not exists (select from jobserver.audit where at < now() - interval '2 seconds')",
            Cancel
        );
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("keyId=x", "keyId")]
    [InlineData("tenant=rival", "tenant")]
    public async Task What_cannot_be_asked_for_is_refused(string query, string field)
    {
        using var admin = await running.Host.ClientOfAsync("asking", Cancel, "admin");

        using var response = await admin.GetAsync($"/v1/audit?{query}", Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal([field], problem.Fields());
    }

    private static async Task<List<JsonElement>> ReadAsync(HttpClient client, string query) =>
        [
            .. (await client.GetFromJsonAsync<JsonElement>($"/v1/audit?limit=500&{query}", Cancel))
                .GetProperty("data")
                .EnumerateArray(),
        ];
}
