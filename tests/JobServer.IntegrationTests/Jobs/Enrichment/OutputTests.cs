using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

public sealed class OutputTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_format_holds_every_record_in_the_order_of_the_input()
    {
        // Ragged ones lie on both sides of where batches and lanes meet.
        static bool Fails(int id) => id % 500 is 0 or 499;
        var rows = Enumerable.Range(0, 3000).Select(id => Fails(id) ? $"{id}" : $"{id},n{id}");
        var file = await running.UploadAsync($"id,name\n{string.Join('\n', rows)}\n");
        var job = (
            await running.EnrichAsync(
                new
                {
                    input = new { fileId = file },
                    steps = new[] { Mark },
                    batchSize = 250,
                }
            )
        ).Id();

        var lines = await running.LinesAsync(job);
        var array = JsonElement.Parse(await running.ReadAsync(job, "application/json")).EnumerateArray();
        var csv = await running.CsvAsync(job);

        Assert.Equal(Enumerable.Range(0, 3000), lines.Select(line => line.Seq()));
        Assert.Equal(
            Enumerable
                .Range(0, 3000)
                .Select(id =>
                    Fails(id)
                        ? $"{id + 1} ragged_row [\"{id}\"]"
                        : $"{id + 1} succeeded {{\"id\":\"{id}\",\"name\":\"n{id}\",\"mark\":1}}"
                ),
            lines.Outcomes()
        );
        Assert.Equal(lines.Select(line => line.GetRawText()), array.Select(line => line.GetRawText()));
        Assert.Equal(["id", "name", "mark", "error_code", "error_detail"], csv[0]);
        Assert.Equal(Enumerable.Range(0, 3000).Select(id => $"{id}"), csv.Skip(1).Select(row => row[0]));
        Assert.All(csv.Skip(1), row => Assert.Equal(Fails(int.Parse(row[0])) ? "ragged_row" : "", row[3]));
        var succeeded = await running.CsvAsync(job, "state=succeeded");
        Assert.Equal(["id", "name", "mark"], succeeded[0]);
        Assert.Equal(2988, succeeded.Count - 1);
        Assert.All(succeeded.Skip(1), row => Assert.Equal([row[0], $"n{row[0]}", "1"], row));
        Assert.Equal(
            Enumerable.Range(0, 3000).Where(Fails),
            (await running.LinesAsync(job, "state=failed")).Select(line => line.Seq())
        );
    }

    [Fact]
    public async Task Columns_are_the_original_ones_in_their_order_and_then_the_new_ones()
    {
        var file = await running.UploadAsync("z,a,m\n1,2,3\n");
        object[] steps =
        [
            new { type = "processedAt", into = "when" },
            new
            {
                type = "score",
                field = "a",
                into = "m",
            },
            new
            {
                type = "rename",
                from = "z",
                to = "y",
            },
            new { type = "drop", field = "a" },
            new
            {
                type = "set",
                field = "a",
                value = new { deep = new[] { 1 } },
            },
        ];

        var job = await running.EnrichFileAsync(file, steps);

        Assert.Equal(["y", "m", "when", "a"], (await running.CsvAsync(job))[0]);
        var value = Assert.Single(await running.LinesAsync(job)).GetProperty("value");
        Assert.Equal(["y", "m", "when", "a"], value.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Rejects_can_be_mended_in_their_csv_and_sent_again()
    {
        var file = await running.UploadAsync(
            "id,name,city\n1,Ann,Rome\n2\n3,Cid,Oslo,surplus,\n4,Dee\n,,,,\n",
            "format=csv"
        );
        var job = await running.EnrichFileAsync(file, Mark);

        var rejects = await running.CsvAsync(job, "state=failed");
        // What a person would do: fill in what is missing, take out what is too much, leave the errors where they are.
        foreach (var row in rejects.Skip(1))
            (row[0], row[1], row[2], row[3], row[4]) = (row[0] + "!", "mended", row[2], "", "");
        var mended = string.Concat(rejects.Select(row => string.Join(',', row.Select(Quoted)) + "\r\n"));
        var again = await running.EnrichAsync(
            new { input = new { fileId = await running.UploadAsync(mended) }, steps = new[] { Mark } }
        );

        Assert.Equal(["id", "name", "city", "column_4", "column_5", "error_code", "error_detail"], rejects[0]);
        Assert.Equal(
            [
                "2|mended|||ragged_row|Row 3 has 1 cell; the header has 3.",
                "3|mended|Oslo||ragged_row|Row 4 has 5 cells; the header has 3.",
                "4|mended|||ragged_row|Row 5 has 2 cells; the header has 3.",
                "|mended|||ragged_row|Row 6 has 5 cells; the header has 3.",
            ],
            rejects.Skip(1).Select(row => string.Join('|', [row[0].TrimEnd('!'), row[1], row[2], .. row[4..]]))
        );
        Assert.Equal(("succeeded", 4), (again.State(), again.Progress("succeeded")));
        Assert.Equal(["2!", "3!", "4!", "!"], (await running.CsvAsync(again.Id())).Skip(1).Select(row => row[0]));

        static string Quoted(string cell) => $"\"{cell.Replace("\"", "\"\"")}\"";
    }

    [Fact]
    public async Task The_errors_of_a_mended_file_that_fails_again_are_the_new_ones()
    {
        var file = await running.UploadAsync("id,error_code,error_detail\n1,old,older\n2\n");

        var job = await running.EnrichFileAsync(file, Mark);

        Assert.Equal(
            ["id|error_code|error_detail", "2|ragged_row|Row 3 has 1 cell; the header has 3."],
            (await running.CsvAsync(job, "state=failed")).Select(row => string.Join('|', row))
        );
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("+1+2", "'+1+2")]
    [InlineData("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "'\rx")]
    [InlineData("\nx", "'\nx")]
    [InlineData("＝1", "'＝1")]
    [InlineData("+49 30 1", "'+49 30 1")]
    [InlineData("-12.5", "-12.5")]
    [InlineData("+3", "+3")]
    [InlineData("1e5", "1e5")]
    [InlineData("-1e-5", "-1e-5")]
    [InlineData("-1,234.50", "-1,234.50")]
    [InlineData("5%", "5%")]
    [InlineData("-5%", "-5%")]
    [InlineData("-", "-")]
    [InlineData("+", "+")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public async Task A_cell_that_looks_like_a_formula_is_neutralised_and_kept_on_demand(string cell, string shown)
    {
        var quoted = $"\"{cell}\"";
        var file = await running.UploadAsync(
            $"{quoted},b,text\n{quoted},2\n{quoted},2,{quoted}\n",
            "format=csv&delimiter=,"
        );

        var job = await running.EnrichFileAsync(file, Mark);

        var name = cell.Length == 0 ? "column_1" : shown;
        foreach (var query in new[] { "", "formulas=escape" })
            Assert.Equal([name, shown, shown], await CellsAsync(query, shown));
        Assert.Equal([cell.Length == 0 ? "column_1" : cell, cell, cell], await CellsAsync("formulas=keep", cell));
        Assert.Equal(shown, (await running.CsvAsync(job, "state=failed"))[1][0]);
        Assert.Equal(cell, (await running.CsvAsync(job, "state=failed&formulas=keep"))[1][0]);
        var value = (await running.LinesAsync(job))[1].GetProperty("value");
        Assert.Equal(cell, value.GetProperty("text").GetString());

        async Task<string[]> CellsAsync(string query, string text)
        {
            var rows = await running.CsvAsync(job, query);
            Assert.Equal(text, rows[1][0]);
            return [rows[0][0], rows[2][0], rows[2][2]];
        }
    }

    [Theory]
    [InlineData("formulas=no", "formulas")]
    [InlineData("formulas=", "formulas")]
    [InlineData("formulas=Keep", "formulas")]
    [InlineData("state=lost&formulas=none", "state formulas")]
    public async Task A_query_that_says_nothing_known_is_refused(string query, string fields)
    {
        var job = await running.EnrichRecordsAsync("""[{"a":1}]""", Mark);

        using var response = await running.Host.Http.GetAsync($"/v1/jobs/{job.Id()}/results?{query}", Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(fields.Split(' '), problem.Fields());
    }

    [Fact]
    public async Task Objects_with_members_of_their_own_share_the_union_of_columns()
    {
        var job = await running.EnrichRecordsAsync(
            """
            [{"a":1,"n":{"x":[1, "=2"]}}, {"b":"é\u00e9\n\"","a":null}, {}, {"c":true,"a":-1.50e+3,"d":""}, {"\u0061":"=1"},
             {"l":["=1"],"b":"null"}]
            """,
            Mark
        );

        var rows = await running.CsvAsync(job.Id());

        Assert.Equal(
            [
                "a|n|b|c|d|l|mark",
                "1|{\"x\":[1,\"=2\"]}|||||1",
                "||éé\n\"||||1",
                "||||||1",
                "-1.50e+3|||true|||1",
                "'=1||||||1",
                "||null|||[\"=1\"]|1",
            ],
            rows.Select(row => string.Join('|', row))
        );
    }

    [Fact]
    public async Task A_value_of_as_many_levels_as_can_be_set_comes_out_in_every_format()
    {
        var deep = new string('[', 60) + new string(']', 60);
        var steps = $$"""[{"type":"set","field":"k","value":{{deep}}}]""";
        var file = await running.UploadAsync("a\n1\n");

        foreach (var input in new[] { """{"records":[{"a":"1"}]}""", $$"""{"fileId":"{{file}}"}""" })
        {
            using var response = await running.PostAsync(
                EnrichmentScenario.Path,
                $$"""{"input":{{input}},"steps":{{steps}}}"""
            );
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            var job = response.Headers.Location!.OriginalString[^36..];
            await UntilEndedAsync(job);

            Assert.Equal($$"""{"a":"1","k":{{deep}}}""", Assert.Single(await running.LinesAsync(job)).Raw());
            Assert.Equal(["1", deep], (await running.CsvAsync(job))[1]);
        }

        using var refused = await running.PostAsync(
            EnrichmentScenario.Path,
            $$"""{"input":{"records":[{}]},"steps":{{steps.Replace(deep, $"[{deep}]")}}}"""
        );
        var problem = await refused.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["steps[0].value"], problem.Fields());
    }

    // The job itself shows its steps, and is deeper than most would read.
    private Task UntilEndedAsync(string job) =>
        running.Database.WaitForAsync($"select finished_at is not null from jobserver.jobs where id = '{job}'", Cancel);
}
