using System.Text;
using JobServer.Jobs.Fetch;
using JobServer.Tests.Jobs.Input;

namespace JobServer.Tests.Jobs.Fetch;

public sealed class FetchItemReaderTests
{
    [Theory]
    [InlineData("\"http://a/?x=1&y=<>'\"", "\"http://a/?x=1&y=<>'\"")]
    [InlineData("\"http:\\/\\/a\\u002f\"", "\"http://a/\"")]
    [InlineData("\"http://ä\"", "\"http://ä\"")]
    [InlineData("\"http://a/\\\"\"", "\"http://a/\\\"\"")]
    [InlineData("""{ "url": "http://a" }""", "\"http://a\"")]
    [InlineData("""{ "url": "http://a", "key": null, "headers": null }""", "\"http://a\"")]
    [InlineData("""{ "url": "http://a", "headers": {} }""", "\"http://a\"")]
    [InlineData("""{ "key": "k", "url": "http://a" }""", """{"url":"http://a","key":"k"}""")]
    [InlineData(
        """{ "headers": { "X-B": "2", "X-A": "" }, "key": "k", "url": "http://a" }""",
        """{"url":"http://a","key":"k","headers":{"X-B":"2","X-A":""}}"""
    )]
    public async Task An_item_is_stored_in_its_canonical_form(string item, string canonical)
    {
        var read = await Submitted.ReadAsync($$"""{"urls":[{{item}}]}""");

        Assert.Empty(read.Faults);
        Assert.Equal([$"[{canonical}]"], read.Inputs);
    }

    [Theory]
    [InlineData("5", "urls[1] must be a URL, or an object like")]
    [InlineData("null", "urls[1] must be a URL, or an object like")]
    [InlineData("[\"http://a\"]", "urls[1] must be a URL, or an object like")]
    [InlineData("\"ftp://a\"", "urls[1] must be an http URL")]
    [InlineData("{}", "urls[1].url is required")]
    [InlineData("""{ "url": null }""", "urls[1].url must be a URL in double quotes")]
    [InlineData("""{ "url": { "a": [1] } }""", "urls[1].url must be a URL in double quotes")]
    [InlineData("""{ "url": "ftp://a" }""", "urls[1].url must be an http URL")]
    [InlineData("""{ "url": "http://a", "url": "http://b" }""", "urls[1].url is given more than once")]
    [InlineData(
        """{ "url": "http://a", "method": { "a": [1] } }""",
        "urls[1].method is not a known member; known: url, key, headers"
    )]
    [InlineData("""{ "url": "http://a", "key": "" }""", "urls[1].key must be text of 1 to 512 characters")]
    [InlineData("""{ "url": "http://a", "key": ["k"] }""", "urls[1].key must be text of 1 to 512 characters")]
    [InlineData("""{ "url": "http://a", "key": "a\u0000" }""", "urls[1].key must not hold the character U+0000")]
    [InlineData("""{ "url": "http://a", "headers": ["Accept"] }""", "urls[1].headers must be an object of texts")]
    [InlineData("""{ "url": "http://a", "headers": { "Host": "b" } }""", "urls[1].headers.Host is set by the server")]
    [InlineData(
        """{ "url": "http://a", "headers": { "X": ["b"] } }""",
        "urls[1].headers.X must be text in double quotes"
    )]
    [InlineData(
        """{ "url": "http://a", "headers": { "X": "1", "x": "2" } }""",
        "urls[1].headers.x is given more than once"
    )]
    public async Task A_wrong_item_is_told_why_and_the_next_one_is_read(string item, string fault)
    {
        var read = await Submitted.ReadAsync($$"""{"urls":["http://before",{{item}},6]}""");

        Assert.Equal(2, read.Faults.Length);
        Assert.StartsWith(fault, read.Faults[0], StringComparison.Ordinal);
        Assert.StartsWith("urls[2] must be a URL", read.Faults[1], StringComparison.Ordinal);
        Assert.Empty(read.Chunks);
    }

    [Fact]
    public async Task All_faults_of_an_item_come_at_once()
    {
        var read = await Submitted.ReadAsync(
            """{"urls":[{ "key": "", "headers": { "Host": "a", "X": 1 }, "y": 2 }]}"""
        );

        Assert.Equal(
            ["urls[0].key", "urls[0].headers.Host", "urls[0].headers.X", "urls[0].y", "urls[0].url"],
            read.Errors.Keys
        );
    }

    [Theory]
    [InlineData(512, 32, true)]
    [InlineData(513, 32, false)]
    [InlineData(512, 33, false)]
    public async Task Key_and_headers_are_limited(int keyLength, int headers, bool accepted)
    {
        var names = Enumerable.Range(0, headers).Select(number => $"\"X-{number}\":\"\"");
        var read = await Submitted.ReadAsync(
            $$"""{"urls":[{"headers":{ {{string.Join(',', names)}} },"key":"{{new string('k', keyLength)}}","url":"http://a"}]}"""
        );

        Assert.Equal(accepted, read.Faults.Length == 0);
    }

    [Fact]
    public async Task A_chunk_is_read_back()
    {
        var read = await Submitted.ReadAsync(
            """{"urls":["http://ä?a&b",{"url":"http://b","key":"k \" 😀","headers":{"X-B":"2","X-A":"1"}},{"url":"http://c","key":"c"}]}""",
            chunkSize: 100
        );

        var items = FetchItem.Parse(read.Chunks[0].Input);

        Assert.Equal(["http://ä?a&b", "http://b", "http://c"], items.Select(item => item.Url));
        Assert.Equal(["http://ä?a&b", "k \" 😀", "c"], items.Select(item => item.Key));
        Assert.Empty(items[0].Headers);
        Assert.Equal([new("X-B", "2"), new("X-A", "1")], items[1].Headers);
    }

    [Theory]
    [InlineData("""[{"key":"k"}]""")]
    [InlineData("""[{"url":"http://a","more":1}]""")]
    [InlineData("[")]
    public void A_chunk_of_another_shape_is_not_guessed_at(string input) =>
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => FetchItem.Parse(Encoding.UTF8.GetBytes(input)));
}
