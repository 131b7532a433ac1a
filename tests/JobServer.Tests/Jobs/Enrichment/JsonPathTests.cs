using System.Text.Json;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Tests.Jobs.Enrichment;

/// <summary>Singular queries of RFC 9535: its grammar, and what its selectors find.</summary>
public sealed class JsonPathTests
{
    private const string Body = """
        {"o":{"j j":{"k.k":3},"'":{"@":2},"\"":4,"":5,"1":6,"☺":7,"_a1":8,"\u0000":9,"é\\":10,"😀":11},"a":["x",["y"],null]}
        """;

    [Theory]
    [InlineData("$.o['j j']", """{"k.k":3}""")]
    [InlineData("$.o['j j']['k.k']", "3")]
    [InlineData("$.o[\"j j\"][\"k.k\"]", "3")]
    [InlineData("$[\"o\"][\"'\"][\"@\"]", "2")]
    [InlineData("$['o']['\\'']['@']", "2")]
    [InlineData("$.o['\"']", "4")]
    [InlineData("$.o[\"\\\"\"]", "4")]
    [InlineData("$.o['']", "5")]
    [InlineData("$.o['1']", "6")]
    [InlineData("$.o.☺", "7")]
    [InlineData("$.o['\\u263A']", "7")]
    [InlineData("$.o['\\u263a']", "7")]
    [InlineData("$.o._a1", "8")]
    [InlineData("$.o['\\u0000']", "9")]
    [InlineData("$.o['é\\\\']", "10")]
    [InlineData("$.o.😀", "11")]
    [InlineData("$.o['\\uD83D\\uDE00']", "11")]
    [InlineData("$.a[0]", "\"x\"")]
    [InlineData("$.a[-2]", "[\"y\"]")]
    [InlineData("$.a[1][0]", "\"y\"")]
    [InlineData("$.a[-3]", "\"x\"")]
    [InlineData("$.a[2]", "null")]
    [InlineData("$ .a\t[ 1\n]\r[ -1 ]", "\"y\"")]
    public void A_path_finds_its_value(string text, string value)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out var refusal), refusal);
        Assert.True(path.TryFind(JsonElement.Parse(Body), out var found));
        Assert.Equal(value, found.GetRawText());
        Assert.Equal(text, path.Text);
    }

    [Fact]
    public void The_root_alone_is_the_whole_body()
    {
        Assert.True(JsonPath.TryParse("$", out var path, out _));
        Assert.True(path.TryFind(JsonElement.Parse("[1]"), out var found));
        Assert.Equal("[1]", found.GetRawText());
    }

    [Theory]
    [InlineData("$.none")]
    [InlineData("$.O")]
    [InlineData("$.a[3]")]
    [InlineData("$.a[-4]")]
    [InlineData("$.a[9007199254740991]")]
    [InlineData("$.a[-9007199254740991]")]
    [InlineData("$.a.x")]
    [InlineData("$.a['0']")]
    [InlineData("$.o[0]")]
    [InlineData("$.a[0].x")]
    [InlineData("$.a[0][0]")]
    [InlineData("$.a[2].x")]
    public void A_path_finds_nothing_where_there_is_nothing(string text)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out var refusal), refusal);
        Assert.False(path.TryFind(JsonElement.Parse(Body), out _));
    }

    [Theory]
    [InlineData("", "begins with something else than $")]
    [InlineData("a", "begins with something else than $")]
    [InlineData(" $", "begins with something else than $")]
    [InlineData("$ ", "ends with a blank")]
    [InlineData("$.a\n", "ends with a blank")]
    [InlineData("$a", "has something else than . or [ at character 2")]
    [InlineData("$$", "has something else than . or [ at character 2")]
    [InlineData("$.", "has no name after the . at character 2")]
    [InlineData("$. a", "has no name after the . at character 2")]
    [InlineData("$.1", "has no name after the . at character 2")]
    [InlineData("$..a", "has no name after the . at character 2")]
    [InlineData("$.*", "has no name after the . at character 2")]
    [InlineData("$.'a'", "has no name after the . at character 2")]
    [InlineData("$.a-b", "has something else than . or [ at character 4")]
    [InlineData("$[]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[*]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[a]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[?@.a]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[:1]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[0:1]", "has no single name or index in the brackets at character 2")]
    [InlineData("$[0,1]", "has no single name or index in the brackets at character 2")]
    [InlineData("$['a','b']", "has no single name or index in the brackets at character 2")]
    [InlineData("$[0", "has no single name or index in the brackets at character 2")]
    [InlineData("$[00]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[01]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[-0]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[-01]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[--1]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[-]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[+1]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[9007199254740992]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$[99999999999999999999]", "has neither a quoted name nor an index at character 3")]
    [InlineData("$['a", "has a name without an end at character 3")]
    [InlineData("$['a\"]", "has a name without an end at character 3")]
    [InlineData("$['a\n']", "has a name without an end at character 3")]
    [InlineData("$['\\\"']", "has an unknown escape in the name at character 3")]
    [InlineData("$[\"\\'\"]", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\x']", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\u12']", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\ud800']", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\ud800\\u0041']", "has an unknown escape in the name at character 3")]
    [InlineData("$['\\udc00']", "has an unknown escape in the name at character 3")]
    public void What_is_no_singular_query_is_refused(string text, string what)
    {
        Assert.False(JsonPath.TryParse(text, out _, out var refusal));
        Assert.Equal(
            $"is not a path this server reads: it {what}; supported are $, .name, ['name'], [\"name\"], [0] and [-1], "
                + "one after the other",
            refusal
        );
    }

    [Fact]
    public void A_path_has_an_end()
    {
        Assert.True(JsonPath.TryParse("$." + new string('a', 498), out _, out _));
        Assert.False(JsonPath.TryParse("$." + new string('a', 499), out _, out var refusal));
        Assert.Equal("must have at most 500 characters", refusal);
    }
}
