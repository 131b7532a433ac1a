using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

public sealed class UploadTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Http => running.Host.Http;

    [Fact]
    public async Task An_upload_is_answered_with_the_file_and_where_it_is()
    {
        const string Csv = "a,b\n1,ü\n2\n";
        using var response = await Http.UploadAsync(Csv, "text/csv", "?name=my%20list.csv", Cancel);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var file = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var bytes = Encoding.UTF8.GetBytes(Csv);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var createdAt = file.GetProperty("createdAt").GetString();
        Assert.Equal(
            $$$"""
            {"id":"{{{file.Id()}}}","name":"my list.csv","format":"csv","encoding":"utf-8","delimiter":",","bytes":{{{bytes.Length}}},"records":2,"faulty":1,"columns":["a","b"],"sha256":"{{{sha256}}}","createdAt":"{{{createdAt}}}","links":{"self":"/v1/files/{{{file.Id()}}}"}}
            """,
            file.GetRawText()
        );
        Assert.Equal($"/v1/files/{file.Id()}", response.Headers.Location?.OriginalString);
        Assert.Equal(7, Guid.Parse(file.Id()).Version);
    }

    [Theory]
    [InlineData("text/csv", "", "a;b\n1;2\n", "csv", """[{"a":"1","b":"2"}]""")]
    [InlineData("text/csv; charset=\"UTF-8\"", "", "a,b\n1,2\n", "csv", """[{"a":"1","b":"2"}]""")]
    [InlineData("text/csv", "?delimiter=;", "a,b\n1,2\n", "csv", """[{"a,b":"1,2"}]""")]
    [InlineData("text/csv", "?delimiter=%09", "a,b\n1,2\n", "csv", """[{"a,b":"1,2"}]""")]
    [InlineData("text/tab-separated-values", "", "a,x\tb\n1,2\t3\n", "csv", """[{"a,x":"1,2","b":"3"}]""")]
    [InlineData("application/json", "", "[{\"a\":1}]", "json", """[{"a":1}]""")]
    [InlineData("application/json", "", "{\"a\":\n1}", "json", """[{"a": 1}]""")]
    [InlineData("application/x-ndjson", "", "{\"a\":1}\n{\"b\":2}", "ndjson", """[{"a":1},{"b":2}]""")]
    [InlineData("application/ndjson", "", "{\"a\":1}", "ndjson", """[{"a":1}]""")]
    [InlineData("application/jsonl", "", "{\"a\":1}", "ndjson", """[{"a":1}]""")]
    [InlineData("application/octet-stream", "", "{\"a\":1}", "ndjson", """[{"a":1}]""")]
    [InlineData("application/x-www-form-urlencoded", "", "a,b\n1,2\n", "csv", """[{"a":"1","b":"2"}]""")]
    [InlineData("text/plain", "", " [{\"a\":1}]", "json", """[{"a":1}]""")]
    [InlineData(null, "", "a\n1\n", "csv", """[{"a":"1"}]""")]
    [InlineData(null, "?name=x.json", "{\"a\":1}", "json", """[{"a":1}]""")]
    [InlineData("application/json", "?format=csv", "[a\n1\n", "csv", """[{"[a":"1"}]""")]
    [InlineData(
        null,
        "?format=csv&delimiter=tab&encoding=utf-8&onFault=refuse",
        "a\tb\n1\t2",
        "csv",
        """[{"a":"1","b":"2"}]"""
    )]
    public async Task Every_format_is_read_as_it_is_said_or_looks(
        string? type,
        string query,
        string text,
        string format,
        string preview
    )
    {
        var file = await Http.StoreAsync(text, type, query, Cancel);

        Assert.Equal(format, file.GetProperty("format").GetString());
        Assert.Equal(preview, file.GetProperty("preview").GetRawText());
    }

    [Theory]
    [InlineData("text/csv; charset=iso-8859-1", "", "latin-1", "Mü")]
    [InlineData("text/csv; charset=iso-8859-1", "?encoding=utf-16be", "utf-16be", "M\u00FC")]
    [InlineData(null, "?encoding=latin1", "latin-1", "Mü")]
    public async Task An_encoding_is_said_by_the_query_or_by_the_charset(
        string? type,
        string query,
        string encoding,
        string cell
    )
    {
        var coded = encoding == "latin-1" ? Encoding.Latin1 : Encoding.BigEndianUnicode;
        using var response = await Http.UploadAsync(coded.GetBytes("n\nMü\n"), type, query, Cancel);

        var id = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
        var file = await Http.GetFromJsonAsync<JsonElement>($"/v1/files/{id}", Cancel);
        Assert.Equal(encoding, file.GetProperty("encoding").GetString());
        Assert.Equal(cell, file.GetProperty("preview")[0].GetProperty("n").GetString());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task A_gzip_body_is_the_file_inside_of_it(string? contentEncoding)
    {
        var csv = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(n => $"{n},x\n")));
        using var response = await Http.UploadAsync(FileClient.Gzip(csv), "text/csv", "", Cancel, contentEncoding);

        var file = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(csv.Length, file.GetProperty("bytes").GetInt64());
        Assert.Equal(4999, file.GetProperty("records").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(csv)), file.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task A_preview_shows_five_records_and_faulty_ones_with_what_is_wrong()
    {
        var file = await Http.StoreAsync("a,\"b\"\"\"\n1,\"x\n\"\n2\n3,4,5\n6,\\\n7,😀\n8,9\n", "text/csv", "", Cancel);

        var preview = file.GetProperty("preview");
        Assert.Equal(5, preview.GetArrayLength());
        Assert.Equal("""{"a":"1","b\"":"x\n"}""", preview[0].GetRawText());
        Assert.Equal(
            """{"error":{"code":"ragged_row","detail":"Row 3 has 1 cell; the header has 2."},"record":["2"]}""",
            preview[1].GetRawText()
        );
        Assert.Equal("""["3","4","5"]""", preview[2].GetProperty("record").GetRawText());
        Assert.Equal("""{"a":"6","b\"":"\\"}""", preview[3].GetRawText());
        Assert.Equal("😀", preview[4].GetProperty("b\"").GetString());
    }

    [Fact]
    public async Task Where_faults_are_rejects_a_broken_file_is_stored_up_to_there()
    {
        var file = await Http.StoreAsync("a\n1\n\"2", "text/csv", "?onFault=reject", Cancel);

        Assert.Equal((2, 1), (file.GetProperty("records").GetInt32(), file.GetProperty("faulty").GetInt32()));
        var rest = file.GetProperty("preview")[1];
        Assert.Equal("malformed", rest.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("record").ValueKind);
    }

    [Fact]
    public async Task A_header_alone_is_a_file_without_records()
    {
        var file = await Http.StoreAsync("a,b\n", "text/csv", "", Cancel);

        Assert.Equal(0, file.GetProperty("records").GetInt32());
        Assert.Equal("[]", file.GetProperty("preview").GetRawText());
    }

    [Fact]
    public async Task A_preview_of_records_that_are_megabytes_is_short()
    {
        var line = $"\"{new string('x', 900_000)}\"\n";

        var file = await Http.StoreAsync("a\n" + line + line + line, "text/csv", "", Cancel);

        Assert.Equal(1, file.GetProperty("preview").GetArrayLength());
        Assert.Equal(3, file.GetProperty("records").GetInt32());
    }

    [Fact]
    public async Task Concurrent_uploads_do_not_mix()
    {
        var files = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async n =>
                {
                    var text = "a\n" + string.Concat(Enumerable.Range(0, 20_000).Select(r => $"{n}-{r}\n"));
                    return await Http.StoreAsync(text, "text/csv", $"?name={n}", Cancel);
                })
        );

        foreach (var file in files)
        {
            var records = await running.Database.QueryAsync<string>(
                $"""
                select string_agg(convert_from(content, 'UTF8'), '' order by first_record)
                from jobserver.file_pieces where file_id = '{file.Id()}'
                """,
                Cancel
            );
            var name = file.GetProperty("name").GetString();
            Assert.Equal(string.Concat(Enumerable.Range(0, 20_000).Select(r => $"[\"{name}-{r}\"]\n")), records);
        }
    }
}
