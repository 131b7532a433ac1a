using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

public sealed class CsvFileTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly string[] Added = ["processedAt", "source"];

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly object[] Steps =
    [
        new { type = "processedAt" },
        new
        {
            type = "set",
            field = "source",
            value = "file",
        },
    ];

    /// <summary>A file, and the records that are in it.</summary>
    public static TheoryData<string, string> Shapes =>
        new()
        {
            {
                "first,last,address,city,zip\nJohn,Doe,120 any st.,\"Anytown, WW\",08123\n",
                """[{"first":"John","last":"Doe","address":"120 any st.","city":"Anytown, WW","zip":"08123"}]"""
            },
            { "a,b,c\n1,\"\",\"\"\n2,3,4\n", """[{"a":"1","b":"","c":""},{"a":"2","b":"3","c":"4"}]""" },
            { "a,b,c\r\n1,\"\",\"\"\r\n2,3,4\r\n", """[{"a":"1","b":"","c":""},{"a":"2","b":"3","c":"4"}]""" },
            { "a,b\n1,\"ha \"\"ha\"\" ha\"\n3,4\n", """[{"a":"1","b":"ha \"ha\" ha"},{"a":"3","b":"4"}]""" },
            {
                "key,val\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"coordinates\"\": [102.0, 0.5]}\"\n",
                """[{"key":"1","val":"{\"type\": \"Point\", \"coordinates\": [102.0, 0.5]}"}]"""
            },
            {
                "Phone,Coordinates,City\n5551234,\"37°36'37.8\"\"N 121°2'17.9\"\"W\",Modesto\n",
                """[{"Phone":"5551234","Coordinates":"37°36'37.8\"N 121°2'17.9\"W","City":"Modesto"}]"""
            },
            {
                "a,b,c\n1,2,3\n\"Once upon \na time\",5,6\n7,8,9\n",
                """[{"a":"1","b":"2","c":"3"},{"a":"Once upon \na time","b":"5","c":"6"},{"a":"7","b":"8","c":"9"}]"""
            },
            {
                "a,b,c\r\n1,2,3\r\n\"Once upon \r\na time\",5,6\r\n7,8,9\r\n",
                """[{"a":"1","b":"2","c":"3"},{"a":"Once upon \r\na time","b":"5","c":"6"},{"a":"7","b":"8","c":"9"}]"""
            },
            { "a,b\n1,\"ha \n\"\"ha\"\" \nha\"\n3,4\n", """[{"a":"1","b":"ha \n\"ha\" \nha"},{"a":"3","b":"4"}]""" },
            { "a,b,c\n1,2,3\n", """[{"a":"1","b":"2","c":"3"}]""" },
            { "a,b,c\r\n1,2,3\r\n", """[{"a":"1","b":"2","c":"3"}]""" },
            { "a,b,c\n1,2,3\n4,5,ʤ\n", """[{"a":"1","b":"2","c":"3"},{"a":"4","b":"5","c":"ʤ"}]""" },
            // And a few that are not of that suite: no end of the last line, a name twice, cells of nothing but blanks.
            { "a,a,\n 1 ,  ,\"\n\"", """[{"a":" 1 ","a_2":"  ","column_3":"\n"}]""" },
        };

    public static TheoryData<string> Naughty =>
        [
            "\u202Eright to left\u202C \u200F\u200E",
            "zero\u200Bwidth\u200D\uFEFFjoined",
            "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏿",
            "nul \0 and \u0001\u001F bell \a",
            "=cmd|' /C calc'!A0",
            "\"",
            "'",
            "\"\"\"",
            "\\ \\\\ \\n \\u0041 \\\"",
            "line\u2028and\u2029paragraph",
            "\r\n\n\r",
            "\t",
            "null",
            "{\"a\":[1,2]}",
            "</script><script>alert(1)</script>",
            "Ω≈ç√∫˜µ≤≥÷ 田中さん 𝔘𝔫𝔦 \uD7FF\uE000\uFFFD\uFFFE\uFFFF",
            new string('x', 300_000) + "\"" + new string('é', 100_000),
        ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Rows_come_out_as_records_with_the_new_columns_last(string csv, string records)
    {
        var job = await running.EnrichFileAsync(await running.UploadAsync(csv, "format=csv"), Steps);

        await AssertHoldsAsync(job, records);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Rows_come_out_as_csv_with_the_same_cells(string csv, string records)
    {
        var job = await running.EnrichFileAsync(await running.UploadAsync(csv, "format=csv"), Steps);

        var rows = await running.CsvAsync(job, "formulas=keep");

        var expected = JsonElement.Parse(records).EnumerateArray().ToList();
        Assert.Equal([.. expected[0].EnumerateObject().Select(member => member.Name), .. Added], rows[0]);
        Assert.Equal(expected.Count, rows.Count - 1);
        foreach (var (record, row) in expected.Zip(rows.Skip(1)))
        {
            Assert.Equal(record.EnumerateObject().Select(member => member.Value.GetString()!), row[..^2]);
            Assert.Equal("file", row[^1]);
        }
    }

    [Theory]
    [InlineData("utf-16le", true, ',', "")]
    [InlineData("utf-16be", true, ',', "")]
    [InlineData("utf-16le", false, ',', "")]
    [InlineData("utf-16le", false, ';', "encoding=utf-16le")]
    [InlineData("utf-8", true, ';', "")]
    [InlineData("iso-8859-1", false, ',', "encoding=latin-1")]
    [InlineData("iso-8859-1", false, ';', "encoding=latin-1")]
    [InlineData("utf-8", false, '\t', "")]
    [InlineData("utf-8", false, '|', "")]
    [InlineData("utf-8", false, '|', "delimiter=%7C")]
    [InlineData("utf-8", false, '\t', "delimiter=tab")]
    public async Task Encodings_and_delimiters_make_no_difference(
        string encoding,
        bool mark,
        char delimiter,
        string query
    )
    {
        var coding = Encoding.GetEncoding(encoding);
        var csv = "name,city\r\nJürgen,\"a,b;c\td|e\"\r\nZoë,\"é\r\nß\"\r\n";
        // Only those outside of quotes: each of these lines has just one.
        csv = csv.Replace("name,", $"name{delimiter}").Replace(",\"", $"{delimiter}\"");
        byte[] bytes = [.. mark ? coding.GetPreamble() : [], .. coding.GetBytes(csv)];

        var job = await running.EnrichFileAsync(await running.UploadAsync(bytes, query), Steps);

        await AssertHoldsAsync(job, """[{"name":"Jürgen","city":"a,b;c\td|e"},{"name":"Zoë","city":"é\r\nß"}]""");
    }

    [Theory]
    [MemberData(nameof(Naughty))]
    public async Task A_naughty_cell_comes_out_unchanged(string text)
    {
        var quoted = $"\"{text.Replace("\"", "\"\"")}\"";
        var file = await running.UploadAsync($"id,text,rest\n1,{quoted},3\n", "format=csv");

        var job = await running.EnrichFileAsync(file, Steps);

        var value = Assert.Single(await running.LinesAsync(job)).GetProperty("value");
        Assert.Equal(text, value.GetProperty("text").GetString());
        var rows = await running.CsvAsync(job, "formulas=keep");
        Assert.Equal(text, rows[1][1]);
    }

    [Theory]
    [MemberData(nameof(Naughty))]
    public async Task A_naughty_member_comes_out_byte_for_byte(string text)
    {
        foreach (var json in new[] { JsonSerializer.Serialize(text), JsonSerializer.Serialize(text, Relaxed) })
        {
            // One value for all records has a limit that one of these passes.
            var set = json.Length < 10_000 ? json : "1";
            using var response = await running.PostAsync(
                EnrichmentScenario.Path,
                $$"""{"input":{"records":[ {"id":1, "text":{{json}}} ]},"steps":[{"type":"set","field":"k","value":{{set}}}]}"""
            );
            var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).Id();
            await running.Jobs.WaitForEndAsync(job, Cancel);

            var line = await running.ReadAsync(job, "application/x-ndjson");

            Assert.Contains(
                $$""""value":{"id":1,"text":{{json}},"k":{{set}}},"error":null"""",
                line,
                StringComparison.Ordinal
            );
            Assert.Equal(text, (await running.CsvAsync(job, "formulas=keep"))[1][1]);
        }
    }

    private async Task AssertHoldsAsync(string job, string records)
    {
        var lines = await running.LinesAsync(job);
        var expected = JsonElement.Parse(records).EnumerateArray().ToList();
        Assert.Equal(expected.Count, lines.Count);
        foreach (var (record, line) in expected.Zip(lines))
        {
            Assert.Equal("succeeded", line.State());
            var members = line.GetProperty("value").EnumerateObject().ToList();
            Assert.Equal(
                [.. record.EnumerateObject().Select(member => member.Name), .. Added],
                members.Select(member => member.Name)
            );
            Assert.Equal(
                record.EnumerateObject().Select(member => member.Value.GetString()),
                members[..^2].Select(member => member.Value.GetString())
            );
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", members[^2].Value.GetString());
            Assert.Equal("file", members[^1].Value.GetString());
        }
    }
}
