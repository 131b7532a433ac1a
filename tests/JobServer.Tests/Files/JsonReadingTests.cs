using System.Text;
using System.Text.Json;
using JobServer.Files;

namespace JobServer.Tests.Files;

public sealed class JsonReadingTests
{
    private static readonly UploadOptions Small = new() { MaxColumns = 3, MaxRecordBytes = 1024 };

    private static readonly string[] Documents =
    [
        """[{"a":1},{"a":{"x":[1,"]}"]},"b":"\u00e9\\"} , {"c":"😀\ud83d\ude00"},{}]""",
        "\uFEFF [\n{\"a\" :\r\n 1},\n\n{\"b\":2}\n]\n ",
        """[1,"x",null,[{"a":1}],{"a":1,"a":2},{"a":{"b":1,"\u0062":2}},{"s":"\ud800"},{"a":1}]""",
        "[{\"a\":1},{\"a\":tru}]",
        "[{\"a\":1} {\"a\":2}]",
        "[{\"a\":1}",
        "{\"a\":[1,2],\n\"b\":{}}",
        "{\"a\":1}\r\n\r\n  {\"b\":2,\"a\":3}  \n[1]\n{\"x\":\n5\n{\"c\":null}",
    ];

    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public JsonReadingTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    [Fact]
    public async Task The_elements_of_an_array_are_kept_as_they_were_sent_but_for_line_breaks()
    {
        var read = await ReadFile.OfAsync(
            " [ {\"id\" : 1.50e0,\r\n \"n\\u00e9\":\"a\\nb\"} ,{},\n{\"z\":[1, {\"id\":[]}],\"id\":null}\n] ",
            ReadFile.Json
        );

        Assert.Equal(
            ["""{"id" : 1.50e0,   "n\u00e9":"a\nb"}""", "{}", """{"z":[1, {"id":[]}],"id":null}"""],
            read.Lines
        );
        Assert.Equal(["id", "né", "z"], read.File.Columns);
        Assert.Equal(("json", 3, 0, 0), (read.File.Format, read.File.Records, read.File.Faulty, read.File.Widest));
    }

    [Fact]
    public async Task One_object_is_one_record_and_an_empty_array_has_none()
    {
        Assert.Equal(["""{"a": [1]}"""], (await ReadFile.OfAsync("{\"a\":\n[1]}\n", ReadFile.Json)).Lines);
        Assert.Equal(0, (await ReadFile.OfAsync(" [ ] ", ReadFile.Json)).File.Records);
    }

    [Fact]
    public async Task Lines_are_records_and_blank_ones_are_skipped()
    {
        var read = await ReadFile.OfAsync("\n{\"a\":1}\r\n \t\r\n  {\"b\":\"\u2028\"} \n{\"a\":3}", ReadFile.NdJson);

        Assert.Equal(["""{"a":1}""", "{\"b\":\"\u2028\"}", """{"a":3}"""], read.Lines);
        Assert.Equal(["a", "b"], read.File.Columns);
    }

    [Theory]
    [InlineData("5", "not_an_object", "5")]
    [InlineData("[{\"a\":\n1}]", "not_an_object", "[{\"a\": 1}]")]
    [InlineData("\"x\"", "not_an_object", "\"x\"")]
    [InlineData("null", "not_an_object", "null")]
    [InlineData("""{"a":1,"a":2}""", "duplicate_member", """{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""", "duplicate_member", """{"a":1,"\u0061":2}""")]
    [InlineData("""{"x":[{"a":1,"a":2}]}""", "duplicate_member", """{"x":[{"a":1,"a":2}]}""")]
    [InlineData("""{"a":"\udc00"}""", "not_unicode", """{"a":"\udc00"}""")]
    [InlineData("""{"\ud800":1}""", "not_unicode", """{"\ud800":1}""")]
    [InlineData("{64}", null, null)]
    [InlineData("{65}", "too_deep", "null")]
    public async Task A_record_of_no_use_is_kept_as_a_faulty_one(string record, string? code, string? kept)
    {
        var text = record is ['{', '6', ..] ? Deep(int.Parse(record[1..^1])) : record;

        var read = await ReadFile.OfAsync($"[{{\"k\":1}},{text},{{\"l\":1}}]", ReadFile.Json);

        Assert.Equal((3, code is null ? 0 : 1), (read.File.Records, read.File.Faulty));
        Assert.Equal("""{"l":1}""", read.Lines[2]);
        if (code is null)
            return;
        var faulty = JsonElement.Parse(read.Lines[1][1..]);
        Assert.Equal('!', read.Lines[1][0]);
        Assert.Equal(code, faulty.GetProperty("code").GetString());
        Assert.StartsWith("Record 2 (line 1) ", faulty.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(kept, faulty.GetProperty("record").GetRawText());
        Assert.Equal(["k", "l"], read.File.Columns);

        static string Deep(int levels) => $"{{\"k\":{new string('[', levels - 1)}{new string(']', levels - 1)}}}";
    }

    [Theory]
    [InlineData("", null, null, null, "is empty")]
    [InlineData("\uFEFF \n", null, 2, 1, "nothing but blanks")]
    [InlineData("5", null, 1, 1, "no JSON array")]
    [InlineData("[{\"a\":1},\n{\"a\":tru}]", 2, 2, 9, "Record 2 (line 2)")]
    [InlineData("[{\"a\":1,}]", 1, 1, 9, "trailing commas")]
    [InlineData("[{\"a\":1}\n {\"a\":2}]", 2, 2, 2, "',' or ']'")]
    [InlineData("[{\"a\":1},]", 2, 1, 10, "a value")]
    [InlineData("[,]", 1, 1, 2, "a value")]
    [InlineData("[{\"a\":1}", 2, 1, 9, "ends too early")]
    [InlineData("[{\"a\":1},\n{\"a\":", 2, 2, 6, "ends too early")]
    [InlineData("[1] x", null, 1, 5, "goes on")]
    [InlineData("{\"a\":1}\n{\"a\":2}", null, 2, 1, "format=ndjson")]
    [InlineData("[{\"a\":\"x\u0001\"}]", 1, 1, 9, "not well-formed")]
    public async Task A_document_that_is_no_JSON_is_refused_with_its_place(
        string json,
        int? record,
        int? line,
        int? column,
        string said
    )
    {
        var fault = await ReadFile.RefusedAsync(json, ReadFile.Json);

        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.Equal((record, line, column), ((int?)fault.Row, (int?)fault.Line, (int?)fault.Column));
    }

    [Fact]
    public async Task Where_faults_are_rejects_a_line_is_broken_alone()
    {
        var read = await ReadFile.OfAsync(
            $"{{\"a\":1}}\n{{\"a\":\n{{\"b\":2}} 5\n{new string('x', 2000)}\n\n{{\"c\":3}}\n",
            ReadFile.NdJson with
            {
                RejectFaults = true,
            },
            Small
        );

        Assert.Equal(["""{"a":1}""", """{"c":3}"""], [read.Lines[0], read.Lines[4]]);
        Assert.All(
            read.Lines[1..4],
            line => Assert.StartsWith("!{\"code\":\"malformed\"", line, StringComparison.Ordinal)
        );
        Assert.Contains("Record 4 (line 4) is larger", read.Lines[3], StringComparison.Ordinal);
        Assert.Equal((5, 3), (read.File.Records, read.File.Faulty));
    }

    [Fact]
    public async Task Where_faults_are_rejects_a_document_is_kept_up_to_there()
    {
        var read = await ReadFile.OfAsync(
            "[{\"a\":1},{\"a\":tru},{\"a\":3}]",
            ReadFile.Json with
            {
                RejectFaults = true,
            }
        );

        Assert.Equal((2, 1, 27L), (read.File.Records, read.File.Faulty, read.File.Bytes));
        Assert.EndsWith(
            "The rest of the file is left out.\",\"record\":null}",
            read.Lines[1],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"a":1,"b":2,"c":3}""", null)]
    [InlineData("""{"a":1,"b":2,"c":3,"d":4}""", "member name number 4")]
    [InlineData("""{"a\u0000":1}""", "U+0000")]
    [InlineData("{1016}", null)]
    [InlineData("{1017}", "larger than 1024 bytes")]
    public async Task A_record_that_passes_a_limit_is_refused(string record, string? said)
    {
        var text = record is ['{', '1', ..] ? $"{{\"a\":\"{new string('x', int.Parse(record[1..^1]))}\"}}" : record;
        foreach (var form in new[] { ReadFile.Json, ReadFile.NdJson })
        {
            if (said is null)
                Assert.Equal([text], (await ReadFile.OfAsync(text, form, Small)).Lines);
            else
                Assert.Contains(
                    said,
                    (await ReadFile.RefusedAsync(text, form, Small)).Message,
                    StringComparison.Ordinal
                );
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused()
    {
        byte[] body = [.. "{\"a\":1}\n{\"a\":\"M"u8, 0xFC, .. "\"}\n"u8];

        var fault = await Assert.ThrowsAsync<BrokenFileException>(() => ReadFile.OfAsync(body, ReadFile.NdJson));
        var latin1 = await ReadFile.OfAsync(body, ReadFile.NdJson with { Encoding = "latin-1" });

        Assert.Equal((2, 2), (fault.Row, fault.Line));
        Assert.Contains("encoding=latin-1", fault.Message, StringComparison.Ordinal);
        Assert.Equal("{\"a\":\"Mü\"}", latin1.Lines[1]);
    }

    [Fact]
    public async Task UTF_16_with_a_mark_is_read()
    {
        byte[] body = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("[{\"a\":\"😀\"}]")];

        var read = await ReadFile.OfAsync(body, ReadFile.Unsaid);

        Assert.Equal(("json", "utf-16le"), (read.File.Format, read.File.Encoding));
        Assert.Equal(["{\"a\":\"😀\"}"], read.Lines);
    }

    [Fact]
    public async Task However_a_file_is_cut_the_outcome_is_the_same()
    {
        foreach (var document in Documents)
        {
            var form = (document[0] == '[' ? ReadFile.Json : ReadFile.Unsaid) with { RejectFaults = true };
            // What is looked at first is never cut, so the records come after it.
            var blanks = new string(' ', UploadBytes.HeadBytes - 20);
            foreach (var text in new[] { document, document.Insert(1, form.Format is null ? "" : blanks) })
            {
                var body = Encoding.UTF8.GetBytes(text);
                var whole = Describe(await ReadFile.OfAsync(body, form));
                for (var round = 0; round < 40; round++)
                {
                    var most = _random.Next(2, 40);
                    var size = text.Length > 10_000 ? _random.Next(60_000, 65_600) : 1;
                    var cut = await ReadFile.InReadsAsync(
                        body,
                        () => size-- > 60_000 ? size : _random.Next(1, most),
                        form
                    );
                    Assert.True(whole == Describe(cut), $"seed {_seed}: {document}");
                }
            }
        }

        static string Describe(ReadFile read) =>
            string.Join('\n', [.. read.Lines, .. read.File.Columns, $"{read.File.Records} {read.File.Faulty}"]);
    }
}
