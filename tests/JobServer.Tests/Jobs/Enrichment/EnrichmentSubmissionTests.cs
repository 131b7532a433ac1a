using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;
using JobServer.Tests.Outbound;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class EnrichmentSubmissionTests
{
    private const string Id = "01890a5d-ac96-774b-bcce-b302099a8057";
    private const string Other = "01890a5d-ac96-774b-bcce-b302099a8058";
    private const string Steps = "\"steps\":[{\"type\":\"processedAt\",\"into\":\"at\"}]";

    private readonly Faults _faults = new();

    private string[] Found =>
        [.. _faults.ToErrors().SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))];

    [Fact]
    public async Task Records_come_in_their_stored_form()
    {
        var submission = await ReadAsync(
            "\uFEFF {\"input\":{\"records\":[{\"id\":1.10, \"ä\":\"\\u0041\"},\r\n{\"id\":2,\n\"x\":[]}, {}]},"
                + Steps
                + "}\n"
        );

        Assert.Equal(
            """
            {"id":1.10, "ä":"\u0041"}
            {"id":2, "x":[]}
            {}

            """,
            Encoding.UTF8.GetString(submission!.Records!.Lines.Span)
        );
        Assert.Equal(3, submission.Records.Count);
        Assert.Equal(["id", "ä", "x"], submission.Records.Columns);
        Assert.Equal(3, submission.Settings.Input.Records);
        Assert.Equal(1000, submission.Settings.BatchSize);
        Assert.Equal(10, submission.Settings.Calls.Concurrency);
        Assert.Empty(submission.Envelope.Tags);
        Assert.Null(submission.Envelope.Deadline);
    }

    [Fact]
    public async Task Records_that_cannot_be_used_are_faulty_ones()
    {
        var deepest = $$"""{"a":{{new string('[', 63)}}{{new string(']', 63)}}}""";

        var submission = await ReadAsync(
            $$"""
            {"input":{"records":[5, [
            1], null, {"a":1,"\u0061":2}, {"a":"\ud800"}, {"\udc00":1}, "\ud800", {{deepest}}, {"a":{{deepest}}}, {"b":1}
            ]},{{Steps}}}
            """
        );

        Assert.Equal(
            [
                """!{"code":"not_an_object","detail":"Record 1 is not an object.","record":5}""",
                """!{"code":"not_an_object","detail":"Record 2 is not an object.","record":[ 1]}""",
                """!{"code":"not_an_object","detail":"Record 3 is not an object.","record":null}""",
                """!{"code":"duplicate_member","detail":"Record 4 has the member \u0027a\u0027 more than once.","record":{"a":1,"\u0061":2}}""",
                """!{"code":"not_unicode","detail":"Record 5 holds text that is not Unicode.","record":null}""",
                """!{"code":"not_unicode","detail":"Record 6 holds text that is not Unicode.","record":null}""",
                """!{"code":"not_unicode","detail":"Record 7 holds text that is not Unicode.","record":null}""",
                deepest,
                """!{"code":"too_deep","detail":"Record 9 has more than 64 levels.","record":null}""",
                """{"b":1}""",
                "",
            ],
            Encoding.UTF8.GetString(submission!.Records!.Lines.Span).Split('\n')
        );
        Assert.Equal(10, submission.Records.Count);
        Assert.Equal(["a", "b"], submission.Records.Columns);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_make_a_record_faulty()
    {
        byte[] body =
        [
            .. "{\"input\":{\"records\":[{\"a\":\""u8,
            0xC3,
            0x28,
            .. "\"}]},"u8,
            .. Encoding.UTF8.GetBytes(Steps + "}"),
        ];

        var submission = await ReadAsync(body);

        Assert.StartsWith(
            "!{\"code\":\"not_unicode\"",
            Encoding.UTF8.GetString(submission!.Records!.Lines.Span),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(2, 1000, "2 2 1")]
    [InlineData(5, 1000, "5")]
    [InlineData(10, 18, "2 2 1")]
    [InlineData(10, 17, "2 1 2")]
    [InlineData(10, 1, "1 1 1 1 1")]
    public async Task Records_are_cut_into_blocks(int records, int bytes, string counts)
    {
        var submission = await ReadAsync(
            "{\"input\":{\"records\":[{\"a\":1},{\"a\":22},{\"a\":333},{\"a\":4},{\"a\":5}]}," + Steps + "}"
        );

        RecordBlock[] blocks = [.. submission!.Records!.Blocks(records, bytes)];

        Assert.Equal(counts, string.Join(' ', blocks.Select(block => block.Count)));
        Assert.All(blocks, block => Assert.Equal(block.Count, block.Lines.Span.Count((byte)'\n')));
        Assert.Equal(submission.Records.Lines.ToArray(), blocks.SelectMany(block => block.Lines.ToArray()));
    }

    [Theory]
    [InlineData($$"""{"fileId":"{{Id}}"}""", $$"""{"files":["{{Id}}"]}""")]
    [InlineData($$"""{"files":["{{Other}}","{{Id}}"]}""", $$"""{"files":["{{Other}}","{{Id}}"]}""")]
    [InlineData($$"""{"fromJob":"{{Id}}","files":null}""", $$"""{"fromJob":"{{Id}}"}""")]
    [InlineData("""{"records":[{},5]}""", """{"records":2}""")]
    public async Task The_input_is_stored_by_its_name(string input, string stored)
    {
        var submission = await ReadAsync("{\"input\":" + input + "," + Steps + "}");

        var args = submission!.Settings.ToArgs();

        Assert.Equal(stored, JsonElement.Parse(args).GetProperty("options").GetProperty("input").GetRawText());
        var back = EnrichmentSettings.OfArgs(args).Input;
        Assert.Equal(submission.Settings.Input.Records, back.Records);
        Assert.Equal(submission.Settings.Input.Files, back.Files);
        Assert.Equal(submission.Settings.Input.FromJob, back.FromJob);
        Assert.Equal(submission.Records is null, back.Records is null);
    }

    [Fact]
    public async Task What_is_asked_for_is_stored_with_its_defaults_and_read_back()
    {
        var submission = await ReadAsync(
            $$$"""
            {"input":{"fileId":"{{{Id}}}"},"steps":[
            {"type":"processedAt","into":"a"},
            {"type":"score","field":"a","into":"b","modulo":2},
            {"type":"set","field":"c","value":{"x": 1.10,
            "y":"\u0000"}},
            {"type":"set","field":"c","value":null},
            {"type":"rename","from":"c","to":"d"},
            {"type":"drop","field":"d"},
            {"type":"drop","fields":["e","f"]},
            {"type":"lookup","url":"http://h/{a}","into":"g"},
            {"type":"lookup","url":"http://h/{a}","select":{"i":"$['x']","j":"$.y"},"into":"g",
             "headers":{"Authorization":"secret","Accept":"text/csv"},"onError":"null","cacheFor":"P1D"}],
            "batchSize":10000,"options":{"concurrency":7,"retry":{"maxAttempts":1}},
            "tags":["t"],"deadline":"2031-01-01T00:00:00Z"}
            """
        );
        var args = submission!.Settings.ToArgs();

        const string Expected = $$$"""
            {"options":{"input":{"files":["{{{Id}}}"]},"steps":[
            {"type":"processedAt","into":"a"},
            {"type":"score","field":"a","into":"b","modulo":2},
            {"type":"set","field":"c","value":{"x": 1.10, "y":"\u0000"}},
            {"type":"set","field":"c","value":null},
            {"type":"rename","from":"c","to":"d"},
            {"type":"drop","field":"d"},
            {"type":"drop","fields":["e","f"]},
            {"type":"lookup","url":"http://h/{a}","into":"g","onError":"reject","cacheFor":"01:00:00"},
            {"type":"lookup","url":"http://h/{a}","select":{"i":"$['x']","j":"$.y"},"into":"g",
            "headers":{"Authorization":"secret","Accept":"text/csv"},"onError":"null","cacheFor":"1.00:00:00"}],
            "batchSize":10000,"concurrency":7,"perHostConcurrency":10,"itemTimeout":"00:00:10","jobTimeout":null,
            "retry":{"maxAttempts":1,"baseDelay":"00:00:01","maxDelay":"00:01:00"},"maxBodyBytes":1048576,"tolerateFailedPercent":100},"shape":null}
            """;
        Assert.Equal(Expected.ReplaceLineEndings(""), Encoding.UTF8.GetString(args));
        Assert.Equal(args, EnrichmentSettings.OfArgs(args).ToArgs());
        Assert.Equal(7, EnrichmentSettings.OfArgs(args).Calls.Concurrency);
        Assert.Equal(
            Expected.ReplaceLineEndings("").Replace("\"secret\"", "\"…\"").Replace("\"text/csv\"", "\"…\""),
            Encoding.UTF8.GetString(EnrichmentSettings.ShowArgs(args))
        );
        Assert.Equal(["t"], submission.Envelope.Tags);
        Assert.Equal(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero), submission.Envelope.Deadline);
    }

    [Fact]
    public async Task A_body_that_is_too_large_hears_where_larger_ones_go()
    {
        var body = Encoding.UTF8.GetBytes("{\"input\":{\"records\":[{}]}," + Steps + "}");

        Assert.NotNull(await ReadAsync(body, body.Length));
        var tooLarge = await Assert.ThrowsAsync<RequestTooLargeException>(() => ReadAsync(body, body.Length - 1));
        Assert.Equal(body.Length - 1, tooLarge.MaxBytes);
        Assert.Contains("POST /v1/files", tooLarge.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "$ is empty; send a JSON object")]
    [InlineData(" \n", "$ is empty; send a JSON object")]
    [InlineData(
        "{\"input\":\n {],}",
        "$ is not well-formed JSON at line 2, byte 3; comments, trailing commas and single quotes are not JSON either"
    )]
    [InlineData(
        "{} {}",
        "$ is not well-formed JSON at line 1, byte 4; comments, trailing commas and single quotes are not JSON either"
    )]
    public async Task A_body_that_is_no_JSON_is_told_where(string body, string fault)
    {
        Assert.Null(await ReadAsync(body));
        Assert.Equal([fault], Found);
    }

    [Fact]
    public async Task All_faults_come_at_once()
    {
        Assert.Null(
            await ReadAsync(
                """
                {"input":{"records":[]},"input":{},"steps":[{"type":"none"}],"batchSize":0,"colour":1,
                "options":{"concurrency":0,"x":1},"tags":[1],"deadline":"2029-01-01T00:00:00Z","uniqueKey":""}
                """
            )
        );
        Assert.Equal(
            [
                "input is given more than once",
                "input.records must be a list of objects, with at least one",
                "steps[0].type must be one of: processedAt, score, set, rename, drop, lookup",
                "batchSize must be a whole number from 1 to 10000",
                "options.concurrency must be a whole number from 1 to 1000",
                "options.x is not a known member; known: concurrency, perHostConcurrency, itemTimeout, jobTimeout, retry, maxBodyBytes, tolerateFailedPercent",
                "tags[0] must be text in double quotes",
                "deadline must lie in the future",
                "uniqueKey must have 1 to 255 characters",
                "colour is not a known member; known: input, steps, batchSize, options, tags, startAt, deadline, priority, uniqueKey, onConflict, after",
            ],
            Found
        );
    }

    [Theory]
    [InlineData("[]", "$ must be an object|input is required|steps is required")]
    [InlineData("{" + Steps + "}", "input is required")]
    [InlineData(
        "{\"input\":5," + Steps + "}",
        "input must be an object|input must have one of: records, fileId, files, fromJob"
    )]
    [InlineData("{\"input\":{}," + Steps + "}", "input must have one of: records, fileId, files, fromJob")]
    [InlineData(
        "{\"input\":{\"records\":[{}],\"fileId\":\"" + Id + "\"}," + Steps + "}",
        "input must have one of: records, fileId, files, fromJob"
    )]
    [InlineData(
        "{\"input\":{\"records\":{}}," + Steps + "}",
        "input.records must be a list of objects, with at least one"
    )]
    [InlineData("{\"input\":{\"fileId\":5}," + Steps + "}", "input.fileId must be text in double quotes")]
    [InlineData(
        "{\"input\":{\"fileId\":\"x\"}," + Steps + "}",
        "input.fileId must be an id like \"01890a5d-ac96-774b-bcce-b302099a8057\""
    )]
    [InlineData(
        "{\"input\":{\"fromJob\":\"x\",\"url\":1}," + Steps + "}",
        "input.fromJob must be an id like \"01890a5d-ac96-774b-bcce-b302099a8057\"|input.url is not a known member; known: records, fileId, files, fromJob"
    )]
    [InlineData("{\"input\":{\"files\":[]}," + Steps + "}", "input.files must hold at least one id")]
    [InlineData(
        "{\"input\":{\"files\":[\"" + Id + "\",\"" + Id + "\"]}," + Steps + "}",
        "input.files holds a file more than once"
    )]
    [InlineData(
        "{\"input\":{\"files\":[\"" + Id + "\",\"x\"]}," + Steps + "}",
        "input.files[1] must be an id like \"01890a5d-ac96-774b-bcce-b302099a8057\""
    )]
    public async Task An_input_that_cannot_be_read_is_refused(string body, string faults)
    {
        Assert.Null(await ReadAsync(body));
        Assert.Equal(faults.Split('|'), Found);
    }

    [Fact]
    public async Task Records_of_too_many_names_are_refused()
    {
        var record = string.Join(',', Enumerable.Range(0, 10_001).Select(number => $"\"n{number}\":1"));

        Assert.Null(await ReadAsync($$"""{"input":{"records":[{ {{record}} }]},{{Steps}}}"""));
        Assert.Equal(["input.records has records with more than 10000 different member names in all"], Found);
    }

    private Task<EnrichmentSubmission?> ReadAsync(string body) => ReadAsync(Encoding.UTF8.GetBytes(body));

    private Task<EnrichmentSubmission?> ReadAsync(byte[] body, long maxBytes = 1 << 20) =>
        EnrichmentSubmission.ReadAsync(
            PipeReader.Create(new ReadOnlySequence<byte>(body)),
            maxBytes,
            new ManualTime(),
            _faults,
            TestContext.Current.CancellationToken
        );
}
