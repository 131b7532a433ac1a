using System.Collections.Concurrent;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Lookups of jobs on the real host.</summary>
public sealed class HostLookupTests(RunningHost running, TestCluster cluster) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_key_is_asked_for_once_however_many_lanes_want_it()
    {
        var pages = Enumerable
            .Range(0, 13)
            .Select(n =>
                running.Peer.Page(async http =>
                {
                    // Long enough for other lanes to want it too.
                    await Task.Delay(100, http.RequestAborted);
                    await http.Response.WriteAsync($$"""{"a":[{"n":{{n}}}]}""", http.RequestAborted);
                })
            )
            .ToList();
        var rows = Enumerable.Range(0, 4000).Select(id => $"{id},{pages[id % 13]}");
        var fileId = await running.UploadAsync($"id,page\n{string.Join('\n', rows)}\n");

        var job = await running.EnrichAsync(
            new
            {
                input = new { fileId },
                steps = new object[]
                {
                    new
                    {
                        type = "lookup",
                        url = running.Peer.Url + "/{page}",
                        select = new { n = "$.a[0].n", all = "$.a" },
                    },
                },
                batchSize = 50,
            }
        );

        Assert.Equal(("succeeded", 4000), (job.State(), job.Progress("succeeded")));
        Assert.Equal(
            4,
            await running.Database.QueryAsync<int>(
                $"select count(*)::integer from jobserver.lanes where job_id = '{job.Id()}'",
                Cancel
            )
        );
        Assert.All(pages, page => Assert.Equal(1, running.Peer.CallsOf($"/{page}")));
        Assert.All(
            await running.LinesAsync(job.Id()),
            line =>
            {
                Assert.Equal(line.Seq() % 13, line.Value("n").GetInt32());
                Assert.Equal($$"""[{"n":{{line.Seq() % 13}}}]""", line.Value("all").GetRawText());
            }
        );
    }

    [Fact]
    public async Task Fields_are_encoded_so_that_no_value_leads_elsewhere()
    {
        var asked = new ConcurrentBag<string>();
        var path = $"/{Guid.NewGuid():n}/";
        string[] values = ["a/b", "../x", "?q=1#f", "ä é", "%2e", "{x}", "..", "", "a\nb"];
        foreach (var value in values.Where(value => value.Length > 0))
        {
            // As the peer has it: everything decoded but the slash.
            running.Peer.Answers[path + value.Replace("/", "%2F", StringComparison.Ordinal)] = http =>
            {
                asked.Add(http.Request.Query["v"].ToString());
                return http.Response.WriteAsync("1", http.RequestAborted);
            };
        }

        var job = await running.EnrichAsync(
            new
            {
                input = new { records = values.Select(value => new { value }) },
                steps = new[]
                {
                    new
                    {
                        type = "lookup",
                        url = $"{running.Peer.Url}{path}{{value}}?v={{value}}",
                        into = "found",
                    },
                },
            }
        );

        Assert.Equal(
            [null, null, null, null, null, null, "unusable_field", "missing_field", null],
            (await running.LinesAsync(job.Id())).Select(line => line.ErrorCode())
        );
        Assert.Equal(
            values.Where(value => value is not ("" or "..")).Order(StringComparer.Ordinal),
            asked.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task What_headers_hold_is_sent_and_shown_to_nobody()
    {
        var secret = $"Secret-{Guid.NewGuid():n}";
        var sent = "";
        var page = running.Peer.Page(http =>
        {
            sent = http.Request.Headers["X-Api-Key"].ToString();
            return http.Response.WriteAsync("1", http.RequestAborted);
        });
        var steps = new object[]
        {
            new
            {
                type = "lookup",
                url = running.Peer.Url + "/{page}",
                into = "found",
                headers = new Dictionary<string, string> { ["X-Api-Key"] = secret },
            },
        };

        var job = await running.EnrichAsync(
            new { input = new { records = new object[] { new { page }, new { page = "missing" } } }, steps }
        );

        Assert.Equal((secret, "partially_succeeded"), (sent, job.State()));
        var shown = await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}", Cancel);
        Assert.Contains("X-Api-Key", shown, StringComparison.Ordinal);
        string[] places =
        [
            shown,
            await running.Host.Http.GetStringAsync("/v1/jobs", Cancel),
            await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/results", Cancel),
            await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/errors", Cancel),
            running.Host.Log,
            await DumpAsync("schemaname = 'hangfire'"),
            await DumpAsync("schemaname = 'jobserver' and tablename <> 'jobs'"),
        ];
        Assert.All(places, place => Assert.DoesNotContain(secret, place, StringComparison.OrdinalIgnoreCase));
        // The places were looked at: they know of the job.
        Assert.Contains(job.Id(), places[4], StringComparison.Ordinal);
        Assert.Contains(job.Id(), places[5], StringComparison.Ordinal);
        Assert.Contains(secret, await DumpAsync("schemaname = 'jobserver'"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_public_is_refused_unless_a_setting_allows_it()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var settings = new Dictionary<string, string> { ["Outbound__AllowedNetworks__0"] = "192.0.2.0/24" };
        await using var host = await HostProcess.StartAsync(database.ConnectionString, settings, Cancel);
        var calls = running.Peer.Calls.Values.Sum();
        var submission = new
        {
            input = new { records = new[] { new { page = "json" }, new { page = "json" } } },
            steps = new[] { running.Lookup() },
        };

        using var response = await host.Http.PostAsync(
            EnrichmentScenario.Path,
            new StringContent(JsonSerializer.Serialize(submission), null, "application/json"),
            Cancel
        );
        var jobs = new JobClient(host.Http);
        var id = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).Id();
        await jobs.WaitForEndAsync(id, Cancel);

        var lines = await jobs.ResultsAsync(id, Cancel);
        Assert.Equal(["address_refused", "address_refused"], lines.Select(line => line.ErrorCode()));
        Assert.Contains("Outbound:AllowedNetworks", lines[0].Detail(), StringComparison.Ordinal);
        Assert.Equal("""{"page":"json"}""", lines[0].Raw());
        Assert.Equal(calls, running.Peer.Calls.Values.Sum());
    }

    [Fact]
    public async Task A_failed_lookup_leaves_null_where_that_is_asked_for()
    {
        var page = running.Peer.Page(http => http.Response.WriteAsync("no JSON", http.RequestAborted));

        var job = await running.EnrichRecordsAsync(
            $$"""[{"page":"{{page}}"},{"page":"missing"},{"page":null}]""",
            running.Lookup(onError: "null")
        );

        Assert.Equal(
            [
                $$"""1 succeeded {"page":"{{page}}","found":null}""",
                """2 succeeded {"page":"missing","found":null}""",
                """3 missing_field {"page":null}""",
            ],
            (await running.LinesAsync(job.Id())).Outcomes()
        );
    }

    /// <summary>All rows of these tables as text.</summary>
    private Task<string> DumpAsync(string tables) =>
        running.Database.QueryAsync<string>(
            $"""
            select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename), true, true, '')::text, '')
            from pg_tables where {tables}
            """,
            Cancel
        );
}
