using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

public sealed class InputTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_of_all_formats_are_one_job_in_their_order()
    {
        var csv = await running.UploadAsync("a,b\n1,2\n3\n", "name=one.csv");
        var json = await running.UploadAsync("""[{"c":{"x":[1,2]},"a":null}, 7]""", "name=two.json");
        var nameless = await running.UploadAsync("{\"b\":true}\n{\"d\":\"x\"}\n", "format=ndjson");
        var other = await running.UploadAsync("b;e\nü;=1\n", "name=three.csv");
        string[] files = [json, csv, nameless, other];

        var job = await running.EnrichAsync(new { input = new { files }, steps = new[] { Mark } });

        Assert.Equal(
            [
                """two.json:1 succeeded {"c":{"x":[1,2]},"a":null,"mark":1}""",
                "two.json:2 not_an_object 7",
                """one.csv:1 succeeded {"a":"1","b":"2","mark":1}""",
                """one.csv:2 ragged_row ["3"]""",
                $$"""{{nameless}}:1 succeeded {"b":true,"mark":1}""",
                $$"""{{nameless}}:2 succeeded {"d":"x","mark":1}""",
                """three.csv:1 succeeded {"b":"ü","e":"=1","mark":1}""",
            ],
            (await running.LinesAsync(job.Id())).Outcomes()
        );
        var rows = await running.CsvAsync(job.Id(), "state=succeeded");
        Assert.Equal(
            ["c|a|b|d|e|mark", "{\"x\":[1,2]}|||||1", "|1|2|||1", "||true|||1", "|||x||1", "||ü||'=1|1"],
            rows.Select(row => string.Join('|', row))
        );
    }

    [Fact]
    public async Task Records_that_cannot_be_used_are_rejects_with_what_was_sent_and_the_rest_goes_on()
    {
        var deep = new string('[', 64) + new string(']', 64);

        using var response = await running.PostAsync(
            EnrichmentScenario.Path,
            $$"""
            {"input":{"records":[{"a":1},5,null,{{deep}},[{{deep}}],{"a":1,"a":{{deep[
                1..^1
            ]}}},{"a":"\ud800"},{"a":{{deep[1..^1]}}}]},
            "steps":[{"type":"set","field":"mark","value":1}]}
            """
        );
        var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).Id();
        var end = await running.Jobs.WaitForEndAsync(job, Cancel);

        Assert.Equal(("partially_succeeded", 2, 6), (end.State(), end.Progress("succeeded"), end.Progress("failed")));
        Assert.Equal(
            [
                """1 succeeded {"a":1,"mark":1}""",
                "2 not_an_object 5",
                "3 not_an_object null",
                $"4 not_an_object {deep}",
                "5 too_deep null",
                $$"""6 duplicate_member {"a":1,"a":{{deep[1..^1]}}}""",
                "7 not_unicode null",
                $$"""8 succeeded {"a":{{deep[1..^1]}},"mark":1}""",
            ],
            (await running.LinesAsync(job)).Outcomes()
        );
    }

    [Fact]
    public async Task Faulty_records_of_a_file_are_rejects_with_what_was_sent_in_every_format()
    {
        var deep = new string('[', 64) + new string(']', 64);
        string[] records = ["""{"a":"\ud800","b":1}""", """{"\ud800":1}""", $"[{deep}]", deep, """{"a":"x"}"""];
        var file = await running.UploadAsync(string.Join('\n', records), "format=ndjson");

        var job = await running.EnrichFileAsync(file, Mark);

        Assert.Equal(
            ["not_unicode", "not_unicode", "too_deep", "not_an_object", null],
            (await running.LinesAsync(job)).Select(line => line.ErrorCode())
        );
        Assert.Equal(
            [records[0], records[1], "null", deep, """{"a":"x","mark":1}"""],
            (await running.LinesAsync(job)).Select(line => line.Raw())
        );
        Assert.Equal(
            ["a", "\\ud800", "", "", deep[1..^1]],
            (await running.CsvAsync(job, "state=failed")).Select(row => row[0])
        );
    }

    [Theory]
    [InlineData(
        "a,b\n1,2\n3,4\n\"5,6\n7,8\n",
        "csv",
        """{"a":"1","b":"2","mark":1}""",
        """{"a":"3","b":"4","mark":1}"""
    )]
    [InlineData("""[{"a":1},{"a":2},{"a":3 "b":4},{"a":5}]""", "json", """{"a":1,"mark":1}""", """{"a":2,"mark":1}""")]
    [InlineData("""[{"a":1},{"a":2},{"a":""", "json", """{"a":1,"mark":1}""", """{"a":2,"mark":1}""")]
    public async Task Of_a_file_whose_second_half_is_broken_the_first_half_is_enriched(
        string text,
        string format,
        params string[] whole
    )
    {
        var file = await running.UploadAsync(text, $"onFault=reject&format={format}");

        var job = await running.EnrichFileAsync(file, Mark);

        var lines = await running.LinesAsync(job);
        Assert.Equal([.. whole.Select(_ => (string?)null), "malformed"], lines.Select(line => line.ErrorCode()));
        Assert.Equal([.. whole, "null"], lines.Select(line => line.Raw()));
        Assert.Equal("malformed", Assert.Single(await running.LinesAsync(job, "state=failed")).ErrorCode());
        Assert.Equal("malformed", (await running.CsvAsync(job, "state=failed"))[1][^2]);
    }

    [Fact]
    public async Task Broken_lines_of_ndjson_are_rejects_among_others_that_keep_what_was_sent()
    {
        var file = await running.UploadAsync(
            "{\"a\":1}\nnope\n\n[1]\n{\"a\":2,\"a\":3}\n{\"a\":4}\n",
            "onFault=reject&format=ndjson"
        );

        var job = await running.EnrichFileAsync(file, Mark);

        Assert.Equal(
            [
                """1 succeeded {"a":1,"mark":1}""",
                "2 malformed null",
                "3 not_an_object [1]",
                """4 duplicate_member {"a":2,"a":3}""",
                """5 succeeded {"a":4,"mark":1}""",
            ],
            (await running.LinesAsync(job)).Outcomes()
        );
    }

    [Fact]
    public async Task A_file_cannot_be_erased_while_an_unfinished_job_reads_it()
    {
        var held = new TaskCompletionSource();
        var page = running.Peer.Hold(held.Task);
        var fileId = await running.UploadAsync($"page\n{page}\n");
        var job = await running.SubmitAsync(new { input = new { fileId }, steps = new[] { running.Lookup() } });

        using var refused = await running.DeleteFileAsync(fileId);
        held.SetResult();
        await running.Jobs.WaitForEndAsync(job, Cancel);
        using var erased = await running.DeleteFileAsync(fileId);

        await refused.ReadProblemAsync(HttpStatusCode.Conflict, "file-in-use", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        // What came of it does not go with it.
        Assert.Equal(
            """{"n":1}""",
            Assert.Single(await running.LinesAsync(job)).GetProperty("value").GetProperty("found").GetRawText()
        );
    }
}
