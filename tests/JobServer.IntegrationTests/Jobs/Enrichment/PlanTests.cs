using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Plans, and whether the job then does what was planned.</summary>
public sealed class PlanTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Inputs => ["records", "file", "job"];

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task A_job_does_what_was_planned_and_the_plan_itself_calls_and_stores_nothing(string kind)
    {
        var input = await InputAsync(kind);
        var pages = Enumerable
            .Range(0, 7)
            .Select(n => running.Peer.Page(http => http.Response.WriteAsync($$"""{"n":{{n}}}""", http.RequestAborted)))
            .ToList();
        // The page is a member that only a score makes: calls can be counted without any.
        var path = $"/{Guid.NewGuid():n}";
        foreach (var (n, page) in pages.Index())
            running.Peer.Answers[$"{path}/{n}"] = running.Peer.Answers[$"/{page}"];
        object[] steps =
        [
            new
            {
                type = "score",
                field = "name",
                into = "part",
                modulo = 7,
            },
            new
            {
                type = "lookup",
                url = $"{running.Peer.Url}{path}/{{part}}",
                select = new { found = "$.n" },
            },
            new { type = "drop", field = "part" },
            new
            {
                type = "set",
                field = "name",
                value = new[] { 1 },
            },
        ];
        var submission = new
        {
            input,
            steps,
            batchSize = 70,
        };
        var before = await StoredRows.CountAsync(running.Database, Cancel);

        var plan = await PlanAsync(submission);
        Assert.DoesNotContain(running.Peer.Calls.Keys, called => called.StartsWith(path, StringComparison.Ordinal));
        Assert.Equal(before, await StoredRows.CountAsync(running.Database, Cancel));
        var job = await running.EnrichAsync(submission);

        var lines = await running.LinesAsync(job.Id());
        Assert.Equal(job.Progress("total"), plan.GetProperty("records").GetInt32());
        Assert.Equal(300, plan.GetProperty("records").GetInt32());
        Assert.Equal(300, plan.GetProperty("scanned").GetInt32());
        Assert.Equal(5, plan.GetProperty("batches").GetInt32());
        Assert.Equal((await running.CsvAsync(job.Id(), "state=succeeded"))[0], Texts(plan.GetProperty("columns")));
        Assert.Equal(
            (await running.CsvAsync(job.Id(), "state=failed"))[0][..^2].Where(name => name != "column_3"),
            Texts(plan.GetProperty("inputColumns"))
        );
        Assert.Equal(job.Progress("failed"), plan.GetProperty("rejects").GetProperty("expected").GetInt32());
        Assert.Equal(
            lines
                .Where(line => line.ErrorCode() is not null)
                .CountBy(line => line.ErrorCode()!)
                .OrderBy(code => code.Key, StringComparer.Ordinal)
                .Select(code => $"{code.Key} {code.Value}"),
            plan.GetProperty("rejects")
                .GetProperty("byCode")
                .EnumerateObject()
                .Select(code => $"{code.Name} {code.Value}")
        );
        var calls = running.Peer.Calls.Where(called => called.Key.StartsWith(path, StringComparison.Ordinal)).ToList();
        Assert.All(calls, call => Assert.Equal(1, call.Value));
        Assert.Equal(7, calls.Count);
        Assert.Equal(
            $$"""{"needed":7,"byStep":[{"step":1,"host":"{{new Uri(running.Peer.Url).Authority}}","needed":7}]}""",
            plan.GetProperty("lookups").GetRawText()
        );
        // But for what only the lookup knows, the sample is what comes out.
        Assert.Equal(
            lines.Take(5).Select(line => line.ErrorCode() is { } code ? $"{code} {line.Raw()}" : $" {Forgotten(line)}"),
            plan.GetProperty("sample")
                .EnumerateArray()
                .Select(record => $"{CodeOf(record)} {record.GetProperty("value").GetRawText()}")
        );
        Assert.Equal(
            [1, 2, 3, 4, 5],
            plan.GetProperty("sample").EnumerateArray().Select(record => record.GetProperty("number").GetInt32())
        );
    }

    [Fact]
    public async Task A_lookup_that_depends_on_another_cannot_be_counted()
    {
        var plan = await PlanAsync(
            new
            {
                input = new { records = new object[] { new { page = "a" }, new { page = "b" }, new { } } },
                steps = new object[]
                {
                    running.Lookup(),
                    new
                    {
                        type = "lookup",
                        url = "https://host.invalid:8443/{found}",
                        into = "next",
                    },
                    new { type = "score", field = "next" },
                },
            }
        );

        var lookups = plan.GetProperty("lookups");
        Assert.Equal(2, lookups.GetProperty("needed").GetInt32());
        Assert.Equal(
            ["2", ""],
            lookups.GetProperty("byStep").EnumerateArray().Select(step => $"{step.GetProperty("needed")}")
        );
        Assert.Equal("host.invalid:8443", lookups.GetProperty("byStep")[1].GetProperty("host").GetString());
        Assert.Equal(["page", "found", "next", "score"], Texts(plan.GetProperty("columns")));
        Assert.Equal("""{"missing_field":1}""", plan.GetProperty("rejects").GetProperty("byCode").GetRawText());
    }

    /// <summary>300 records, of which 6 cannot be used and 3 have no name.</summary>
    private async Task<object> InputAsync(string kind)
    {
        switch (kind)
        {
            case "records":
                object[] records =
                [
                    .. Enumerable
                        .Range(0, 300)
                        .Select(n =>
                            Faulty(n) ? (object)n
                            : Nameless(n) ? new { id = n }
                            : new { id = n, name = $"n{n}" }
                        ),
                ];
                return new { records };
            case "file":
                var rows = Enumerable.Range(0, 300).Select(n => Faulty(n) ? "1,2,3" : $"{n},n{n}");
                return new { fileId = await running.UploadAsync($"id,name\n{string.Join('\n', rows)}\n") };
            default:
                var source = await running.EnrichAsync(
                    new { input = await InputAsync("records"), steps = new[] { Mark } }
                );
                return new { fromJob = source.Id() };
        }

        static bool Faulty(int n) => n % 50 == 1;
        static bool Nameless(int n) => n % 100 == 2;
    }

    private async Task<JsonElement> PlanAsync(object submission)
    {
        using var response = await running.PostAsync(
            $"{EnrichmentScenario.Path}/plan",
            JsonSerializer.Serialize(submission)
        );
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonElement.Parse(body);
    }

    private static string Forgotten(JsonElement line) =>
        line.Raw().Replace($"\"found\":{line.Value("found").GetRawText()}", "\"found\":null", StringComparison.Ordinal);

    private static string? CodeOf(JsonElement record) =>
        record.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? error.GetProperty("code").GetString()
            : null;

    private static IEnumerable<string?> Texts(JsonElement list) =>
        list.EnumerateArray().Select(text => text.GetString());
}
