using System.Text;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class SubmissionReaderFaultsTests
{
    [Theory]
    [InlineData("", "$ is empty; send a JSON object")]
    [InlineData(" \n\t", "$ is empty; send a JSON object")]
    [InlineData("\uFEFF", "$ is empty; send a JSON object")]
    [InlineData("[1]", "$ must be a JSON object in UTF-8, starting with '{'; something else stands at line 1, byte 1")]
    [InlineData(
        "\n\n urls",
        "$ must be a JSON object in UTF-8, starting with '{'; something else stands at line 3, byte 2"
    )]
    [InlineData(
        " \uFEFF{}",
        "$ must be a JSON object in UTF-8, starting with '{'; something else stands at line 1, byte 2"
    )]
    [InlineData("{}", "urls is required, a list with at least one item")]
    [InlineData("""{"urls":[]}""", "urls must hold at least one item")]
    [InlineData("""{"urls":null}""", "urls must be a list with at least one item")]
    [InlineData("""{"urls":"http://a"}""", "urls must be a list with at least one item")]
    [InlineData("""{"urls":{"a":["]"]}}""", "urls must be a list with at least one item")]
    [InlineData("""{"urls":["http://a"],"urls":["http://b"]}""", "urls is given more than once")]
    [InlineData("""{"urls":["http://a"],"tags":[],"t\u0061gs":[]}""", "tags is given more than once")]
    [InlineData("""{"urls":["http://a"]}{""", "$ goes on after the end of the JSON object, at line 1, byte 22")]
    [InlineData("{\"urls\":[\"http://a\"]}\n\0", "$ goes on after the end of the JSON object, at line 2, byte 1")]
    [InlineData("""{"urls":["http://a"]""", "$ ends too early, at line 1, byte 21, before ',' or '}'")]
    [InlineData("""{"urls":["http://a",""", "$ ends too early, at line 1, byte 21, before a value")]
    [InlineData("""{"urls":["http://a""", "$ ends too early, at line 1, byte 19, before the rest of a value")]
    [InlineData("""{"urls":["http://a",]}""", "$ is not well-formed JSON: a value should stand at line 1, byte 21")]
    [InlineData(
        """{"urls":["http://a"],}""",
        "$ is not well-formed JSON: a member name in double quotes should stand at line 1, byte 22"
    )]
    [InlineData(
        """{"urls":["http://a" "http://b"]}""",
        "$ is not well-formed JSON: ',' or ']' should stand at line 1, byte 21"
    )]
    [InlineData(
        """{"urls":["http://a"] "a":1}""",
        "$ is not well-formed JSON: ',' or '}' should stand at line 1, byte 22"
    )]
    [InlineData("""{"urls" ["http://a"]}""", "$ is not well-formed JSON: ':' should stand at line 1, byte 9")]
    [InlineData("""{"urls":["http://a"}""", "$ is not well-formed JSON: ',' or ']' should stand at line 1, byte 20")]
    [InlineData("{urls:[]}", "$ is not well-formed JSON: a member name or '}' should stand at line 1, byte 2")]
    public async Task A_broken_document_is_told_where(string body, string fault)
    {
        Assert.Equal([fault], (await Submitted.ReadAsync(body)).Faults);
    }

    [Theory]
    [InlineData("{\"urls\":[http]}", "line 1, byte 10")]
    [InlineData("{\"urls\":[\n  \"http://a\",\n  nul]}", "line 3, byte 6")]
    [InlineData("{\"urls\":['http://a']}", "line 1, byte 10")]
    [InlineData("{\"urls\":[/* none */]}", "line 1, byte 10")]
    [InlineData("{\"urls\":[{\"url\":\n\"http://a\",}]}", "line 2, byte 12")]
    [InlineData("{\"urls\":[{\"url\":\"http://a\"]]}", "line 1, byte 27")]
    [InlineData("{\"urls\":[\"http://\\a\"]}", "line 1, byte 19")]
    [InlineData("{\"urls\":[\"http://a\n\"]}", "line 1, byte 19")]
    [InlineData("{\"urls\":[01]}", "line 1, byte 11")]
    [InlineData("{\"tags\":NaN}", "line 1, byte 9")]
    [InlineData("{\"ta\\gs\":1}", "line 1, byte 6")]
    public async Task A_broken_value_is_told_where(string body, string place)
    {
        var message =
            $"$ is not well-formed JSON at {place}; comments, trailing commas and single quotes are not JSON either";

        Assert.Equal([message], (await Submitted.ReadAsync(body)).Faults);
    }

    [Fact]
    public async Task Invalid_text_is_a_fault_of_its_item_or_member()
    {
        byte[] body =
        [
            .. """{"urls":["http://a\ud800","http://b","http://"""u8,
            0xC3,
            0x28,
            .. "\",{\"url\":\"http://d\",\"\\udc00\":1}],\"tags\":[\"\\ud800\"],\"\\ud800\":1}"u8,
        ];

        var read = await Submitted.ReadAsync(body);

        const string NotUnicode = "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)";
        Assert.Equal(
            [
                $"urls[0] {NotUnicode}",
                $"urls[2] {NotUnicode}",
                $"urls[3] {NotUnicode}",
                $"tags {NotUnicode}",
                $"$ {NotUnicode}",
            ],
            read.Faults
        );
        Assert.Equal(4, read.ItemCount);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Items_are_limited_in_number(int items, bool accepted)
    {
        var body = $$"""{"urls":[{{string.Join(',', Enumerable.Repeat("\"http://a\"", items))}}]}""";

        var read = await Submitted.ReadAsync(body, new SubmissionLimits { MaxItems = 2 });

        Assert.Equal(accepted ? [] : ["urls holds more than 2 items; split it into several jobs"], read.Faults);
        Assert.Equal(accepted, read.ReadToEnd);
    }

    [Fact]
    public async Task Items_are_limited_in_size_and_reading_goes_on()
    {
        var read = await Submitted.ReadAsync(
            $$"""{"urls":["{{Url(16_384)}}","{{Url(16_385)}}",{"url":"{{Url(20_000)}}"},{{new string('9', 20_000)}},5],"tags":[]}"""
        );

        const string TooLong = "is larger than 16384 bytes, the limit of one item";
        Assert.Equal([$"urls[1] {TooLong}", $"urls[2] {TooLong}", $"urls[3] {TooLong}"], read.Faults[..3]);
        Assert.StartsWith("urls[4] must be a URL", read.Faults[3], StringComparison.Ordinal);
        Assert.Equal("""{"tags":[]}""", read.Members.GetRawText());
    }

    [Fact]
    public async Task Members_are_limited_in_size_each_and_together()
    {
        var each = await Submitted.ReadAsync(
            $$"""{"a":"{{Url(65_536)}}","b":"{{Url(65_537)}}","urls":["http://a"],"c":[{{new string(' ', 70_000)}}]}"""
        );
        var members = Enumerable.Range(0, 6).Select(number => $"\"m{number}\":\"{Url(60_000)}\"");
        var together = await Submitted.ReadAsync($$"""{"urls":["http://a"],{{string.Join(',', members)}}}""");

        Assert.Equal(
            [
                "b is larger than 65536 bytes, the limit of one member",
                "c is larger than 65536 bytes, the limit of one member",
            ],
            each.Faults
        );
        Assert.Equal(["$ has more than 262144 bytes beside urls; leave out what is not needed"], together.Faults);
    }

    [Fact]
    public async Task A_member_name_is_limited_in_size()
    {
        var read = await Submitted.ReadAsync($$"""{"{{Url(300)}}":1}""");

        Assert.Equal(["$ has a member name longer than 256 bytes, at line 1, byte 2"], read.Faults);
    }

    [Theory]
    [InlineData(62, 63, true)]
    [InlineData(63, 63, false)]
    [InlineData(62, 64, false)]
    [InlineData(8000, 30_000, false)]
    public async Task Depth_is_limited(int itemLevels, int memberLevels, bool accepted)
    {
        var read = await Submitted.ReadAsync(
            $$"""{"urls":[{"url":"http://a","x":{{Nest(itemLevels - 1)}}}],"tags":{{Nest(memberLevels)}}}"""
        );

        var tooDeep = read.Faults.Where(fault => fault.Contains("deeper than 64 levels", StringComparison.Ordinal));
        Assert.Equal(accepted, !tooDeep.Any());
    }

    [Fact]
    public async Task Reading_stops_when_there_are_too_many_faults()
    {
        var body = $$"""{"urls":[{{string.Join(',', Enumerable.Range(0, 5000))}}],"tags":[]}""";

        var read = await Submitted.ReadAsync(body);

        Assert.Equal(101, read.ItemCount);
        Assert.Equal("$ has more faults: only the first 100 are shown", read.Faults[^1]);
        Assert.False(read.ReadToEnd);
    }

    [Fact]
    public async Task Names_of_a_client_are_shown_escaped_and_cut()
    {
        var name = "a\\u000a" + new string('b', 220);
        var read = await Submitted.ReadAsync($$"""{"urls":["http://a"],"{{name}}":1,"{{name}}":2}""");

        var path = Assert.Single(read.Errors).Key;
        Assert.StartsWith("a\\u000Abbb", path, StringComparison.Ordinal);
        Assert.Equal(201, path.Length);
    }

    private static string Url(int bytesWithQuotes) => "http://" + new string('u', bytesWithQuotes - 9);

    private static string Nest(int levels) => new StringBuilder().Append('[', levels).Append(']', levels).ToString();
}
