using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

public sealed class ScheduleEndpointTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ScheduleClient Schedules => new(running.Host.Http, running.Database);

    [Fact]
    public async Task It_is_made_shown_replaced_and_removed_and_its_jobs_stay()
    {
        using var created = await Schedules.PutAsync("crud.1_a-b", Yearly());
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("/v1/schedules/crud.1_a-b", created.Headers.Location?.ToString());
        var made = JsonElement.Parse(await created.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(made.GetRawText(), (await Schedules.ReadAsync("crud.1_a-b")).GetRawText());
        Assert.Equal("runOnce", made.GetProperty("misfire").GetString());
        Assert.Equal(100, made.GetProperty("misfireLimit").GetInt32());
        Assert.Equal("allow", made.GetProperty("overlap").GetString());
        Assert.Equal("00:00:00", made.GetProperty("jitter").GetString());
        Assert.Equal("UTC", made.GetProperty("timeZone").GetString());
        Assert.Equal(JsonValueKind.Null, made.GetProperty("lastRun").ValueKind);
        Assert.False(made.GetProperty("declared").GetBoolean());
        Assert.Equal(
            $$"""{"urls":["{{running.Peer.Url}}/json/1"],"tags":["a"]}""",
            made.GetProperty("args").GetRawText()
        );

        using var triggered = await Schedules.PostAsync("crud.1_a-b", "trigger");
        var job = JsonElement.Parse(await triggered.Content.ReadAsStringAsync(Cancel)).Id();
        using var replaced = await Schedules.PutAsync("crud.1_a-b", Yearly(cron: "0 0 2 1 *"));
        Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        Assert.Equal("0 0 2 1 *", (await Schedules.ReadAsync("crud.1_a-b")).GetProperty("cron").GetString());

        using var removed = await running.Host.Http.DeleteAsync("/v1/schedules/crud.1_a-b", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var gone = await running.Host.Http.GetAsync("/v1/schedules/crud.1_a-b", Cancel);
        await gone.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-schedule", Cancel);
        using var again = await running.Host.Http.DeleteAsync("/v1/schedules/crud.1_a-b", Cancel);
        await again.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-schedule", Cancel);
        Assert.Equal("crud.1_a-b", (await running.Jobs.GetAsync(job, Cancel)).GetProperty("schedule").GetString());
    }

    [Fact]
    public async Task Every_fault_is_named_at_once_those_of_the_args_too()
    {
        var body = new
        {
            cron = "61 * * * *",
            timeZone = "Europe/Atlantis",
            kind = "fetch",
            args = new
            {
                urls = new[] { "ftp://a/" },
                options = new { concurrency = 0 },
                startAt = "2030-01-01T00:00:00Z",
                deadline = "2030-01-01T00:00:00Z",
                after = "x",
                colour = 1,
            },
            misfire = "never",
            misfireLimit = 1001,
            overlap = "maybe",
            jitter = "01:00:01",
            startAt = "2030-01-01T00:00:00Z",
            endAt = "2030-01-01T00:00:00Z",
            paused = "yes",
            shape = "round",
        };

        using var response = await Schedules.PutAsync("-Bad", body);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(
            [
                "args.after",
                "args.colour",
                "args.deadline",
                "args.options.concurrency",
                "args.startAt",
                "args.urls[0]",
                "cron",
                "endAt",
                "id",
                "jitter",
                "misfire",
                "misfireLimit",
                "overlap",
                "paused",
                "shape",
                "timeZone",
            ],
            problem.Fields().Order(StringComparer.Ordinal)
        );
        Assert.Equal("means nothing in a schedule; leave it out", problem.Fault("args.after"));
        Assert.Equal(0, await CountAsync("schedules where id = '-Bad'"));
    }

    [Theory]
    [InlineData("""{}""", "args cron kind")]
    [InlineData("""[]""", "$ args cron kind")]
    [InlineData("""{"cron":"@daily","kind":"mail","args":{}}""", "kind")]
    [InlineData("""{"cron":"@daily","kind":"fetch","args":[]}""", "args")]
    [InlineData("""{"cron":"@daily","kind":"fetch","args":{}}""", "args.urls")]
    [InlineData("""{"cron":"@daily","kind":"enrichment","args":{}}""", "args.input args.steps")]
    [InlineData("""{"cron":"0 0 30 2 *","kind":"fetch","args":{"urls":["http://127.0.0.1/"]}}""", "cron")]
    [InlineData("""{"cron":5,"kind":"fetch","args":{"urls":["http://127.0.0.1/"]}}""", "cron")]
    [InlineData("""{"cron":"@daily","cron":"@daily","kind":"fetch","args":{"urls":["http://127.0.0.1/"]}}""", "cron")]
    [InlineData("""{"cron" """, "$")]
    [InlineData("", "$")]
    public async Task A_body_that_is_none_is_refused(string body, string fields)
    {
        using var response = await running.Host.Http.PutAsync(
            "/v1/schedules/misuse",
            new StringContent(body, Encoding.UTF8, "application/json"),
            Cancel
        );

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(fields, string.Join(' ', problem.Fields().Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Too_much_and_the_wrong_type_are_refused()
    {
        var url = $"\"{running.Peer.Url}/json/1\"";
        var args = $$"""{"urls":[{{url}}],"tags":["{{new string('x', 1 << 20)}}"]}""";
        using var large = await PutTextAsync($$"""{"cron":"@daily","kind":"fetch","args":{{args}}}""");
        var problem = await large.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["args"], problem.Fields());
        using var larger = await PutTextAsync(new string(' ', 2 << 20));
        await larger.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body-too-large", Cancel);
        using var text = await running.Host.Http.PutAsync(
            "/v1/schedules/misuse",
            new StringContent("{}", Encoding.UTF8, "text/plain"),
            Cancel
        );
        await text.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", Cancel);

        Task<HttpResponseMessage> PutTextAsync(string body) =>
            running.Host.Http.PutAsync(
                "/v1/schedules/misuse",
                new StringContent(body, Encoding.UTF8, "application/json"),
                Cancel
            );
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/pause")]
    [InlineData("POST", "/resume")]
    [InlineData("POST", "/trigger")]
    [InlineData("GET", "/upcoming")]
    [InlineData("GET", "/runs")]
    public async Task An_unknown_schedule_is_not_found(string verb, string path)
    {
        foreach (var id in new[] { "nobody", "NOBODY", "%00", new string('x', 200) })
        {
            using var request = new HttpRequestMessage(new HttpMethod(verb), $"/v1/schedules/{id}{path}");
            using var response = await running.Host.Http.SendAsync(request, Cancel);
            // The server itself refuses a path with a NUL.
            if (id != "%00" || response.StatusCode != HttpStatusCode.BadRequest)
                await response.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-schedule", Cancel);
        }
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=501&cursor=A", "cursor limit")]
    [InlineData("/queries/runs?limit=x&cursor=yesterday", "cursor limit")]
    [InlineData("/queries/upcoming?count=0", "count")]
    [InlineData("/queries/upcoming?count=1001", "count")]
    public async Task Queries_that_are_wrong_are_refused(string query, string fields)
    {
        await Schedules.MakeAsync("queries", Yearly());

        using var response = await running.Host.Http.GetAsync($"/v1/schedules{query}", Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(fields, string.Join(' ', problem.Fields().Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Pages_of_schedules_and_of_runs_follow_each_other()
    {
        foreach (var id in new[] { "page-c", "page-a", "page-b" })
            await Schedules.MakeAsync(id, Yearly());
        await running.Database.ExecuteAsync(
            """
            insert into jobserver.schedule_runs (schedule_id, due_at, outcome)
            select 'page-a', timestamptz '2026-01-01' + n * interval '1 s', 'missed' from generate_series(1, 5) n
            """,
            Cancel
        );

        var ids = await PagesAsync("?limit=2", one => one.GetProperty("id").GetString()!);
        var runs = await PagesAsync("/page-a/runs?limit=2", one => one.GetProperty("dueAt").GetString()!);

        Assert.Equal(["page-a", "page-b", "page-c"], ids.Where(id => id.StartsWith("page-", StringComparison.Ordinal)));
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal([5, 4, 3, 2, 1], runs.Select(due => DateTimeOffset.Parse(due).Second));
        Assert.Equal(
            runs[0],
            (await Schedules.ReadAsync("page-a")).GetProperty("lastRun").GetProperty("dueAt").GetString()
        );
    }

    [Fact]
    public async Task What_is_upcoming_follows_the_clocks_of_its_zone()
    {
        await Schedules.MakeAsync(
            "berlin",
            new
            {
                cron = "30 2 * * *",
                timeZone = "W. Europe Standard Time",
                kind = "fetch",
                args = new { urls = new[] { $"{running.Peer.Url}/json/1" } },
                startAt = "2035-03-24T00:00:00Z",
            }
        );

        var upcoming = (await Schedules.ReadAsync("berlin/upcoming?count=220")).GetProperty("data");

        Assert.Equal(220, upcoming.GetArrayLength());
        var local = upcoming.EnumerateArray().ToDictionary(one => one.GetProperty("local").GetString()![..10]);
        // Put forward on 25 March, back on 28 October.
        Assert.Equal("2035-03-25T03:00:00+02:00", local["2035-03-25"].GetProperty("local").GetString());
        Assert.Equal("2035-03-25T01:00:00+00:00", local["2035-03-25"].GetProperty("dueAt").GetString());
        Assert.Equal("2035-10-28T02:30:00+02:00", local["2035-10-28"].GetProperty("local").GetString());
        Assert.Equal("2035-10-29T02:30:00+01:00", local["2035-10-29"].GetProperty("local").GetString());
        Assert.Equal(10, (await Schedules.ReadAsync("berlin/upcoming")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Triggered_again_with_the_same_key_it_makes_no_second_job()
    {
        await Schedules.MakeAsync("keyed", Yearly());

        var (one, two, other) = (await TriggerAsync("k-1"), await TriggerAsync("k-1"), await TriggerAsync("k-2"));

        Assert.Equal(one.Id(), two.Id());
        Assert.NotEqual(one.Id(), other.Id());
        Assert.Equal("keyed", one.GetProperty("schedule").GetString());
        Assert.Equal(JsonValueKind.Null, one.GetProperty("dueAt").ValueKind);
        var listed = JsonElement.Parse(await running.Host.Http.GetStringAsync("/v1/jobs?schedule=keyed", Cancel));
        Assert.Equal([other.Id(), one.Id()], listed.GetProperty("data").EnumerateArray().Select(job => job.Id()));
        Assert.Empty((await Schedules.ReadAsync("keyed/runs")).GetProperty("data").EnumerateArray());

        async Task<JsonElement> TriggerAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/schedules/keyed/trigger");
            request.Headers.Add("Idempotency-Key", key);
            using var response = await running.Host.Http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            Assert.NotNull(response.Headers.Location);
            return JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_schedule_whose_unique_key_is_taken_now_can_be_made_and_leaves_nothing_behind()
    {
        var args = new { urls = new[] { $"{running.Peer.Url}/hang" }, uniqueKey = "taken" };
        var id = (await running.Jobs.SubmitAsync(args, Cancel)).Id();
        var before = await WrittenRows.CountAsync(running.Database, Cancel);

        await Schedules.MakeAsync(
            "unique",
            new
            {
                cron = "0 0 1 1 *",
                kind = "fetch",
                args,
            }
        );

        Assert.Equal(before, await WrittenRows.CountAsync(running.Database, Cancel));
        using var refused = await Schedules.PostAsync("unique", "trigger");
        await refused.ReadProblemAsync(HttpStatusCode.Conflict, "unique-key-taken", Cancel);
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);
    }

    private object Yearly(string cron = "0 0 1 1 *") =>
        new
        {
            cron,
            kind = "fetch",
            args = new { urls = new[] { $"{running.Peer.Url}/json/1" }, tags = new[] { "a" } },
        };

    private Task<long> CountAsync(string what) =>
        running.Database.QueryAsync<long>($"select count(*) from jobserver.{what}", Cancel);

    private async Task<List<string>> PagesAsync(string path, Func<JsonElement, string> read)
    {
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var next = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = JsonElement.Parse(await running.Host.Http.GetStringAsync($"/v1/schedules{path}{next}", Cancel));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(read));
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);
        return seen;
    }
}
