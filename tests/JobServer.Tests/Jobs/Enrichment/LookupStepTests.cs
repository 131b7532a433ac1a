namespace JobServer.Tests.Jobs.Enrichment;

public sealed class LookupStepTests
{
    private const string Select =
        """{"type":"lookup","url":"https://host:8443/p/{email}?q={city}","select":{"id":"$.id","zip":"$.address.zip"}}""";

    private const string Body = """{"address":{"zip":"10115"},"id":12345678901234567890}""";

    [Theory]
    [InlineData("email,city", """["a@b","x"]""", """["a@b","x",12345678901234567890,"10115"]""")]
    [InlineData(
        null,
        """{"email":"a@b","city":"x"}""",
        """{"email":"a@b","city":"x","id":12345678901234567890,"zip":"10115"}"""
    )]
    [InlineData("zip,email,id,city", """["","a@b","","x"]""", """["10115","a@b",12345678901234567890,"x"]""")]
    public async Task What_is_selected_becomes_columns(string? columns, string record, string enriched)
    {
        var steps = new Enriching(Select, _ => Body);

        var found = await steps.RunAsync(columns?.Split(','), record);

        Assert.Equal([enriched], found.Lines);
        Assert.Equal(
            [
                ["https://host:8443/p/a%40b?q=x"],
            ],
            steps.Asked
        );
    }

    [Theory]
    [InlineData("""{"type":"lookup","url":"http://h/{a}","into":"x"}""", """{"id": [1, 2]}""", """{"id": [1, 2]}""")]
    [InlineData("""{"type":"lookup","url":"http://h/{a}","into":"x"}""", "\uFEFF\r\n [1,\r\n2]\n", "[1,  2]")]
    [InlineData(
        """{"type":"lookup","url":"http://h/{a}","into":"x","select":{"i":"$.id[-1]","\"":"$.id[0]"}}""",
        "{\"id\": [1,{\"n\":\n null}]}",
        """{"i":{"n":  null},"\"":1}"""
    )]
    public async Task The_body_or_what_is_selected_goes_into_one_column(string step, string body, string value)
    {
        var arrays = await new Enriching(step, _ => body).RunAsync(["x", "a"], """["","1"]""");
        var objects = await new Enriching(step, _ => body).RunAsync(null, """{"a":1}""");

        Assert.Equal([$"""[{value},"1"]"""], arrays.Lines);
        Assert.Equal([$$"""{"a":1,"x":{{value}}}"""], objects.Lines);
    }

    [Fact]
    public async Task Records_of_a_block_share_the_answers_they_have_in_common()
    {
        var steps = new Enriching(
            """{"type":"lookup","url":"http://h/{a}","select":{"n":"$"}}""",
            url => $"\"{url[^1]}\""
        );

        var found = await steps.RunAsync(
            null,
            """{"a":"1"}""",
            """{"a":2}""",
            """{"a":"\u0031"}""",
            """!{"code":"c","detail":"d","record":{"a":"3"}}""",
            """{"a":1}"""
        );
        await steps.RunAsync(["a"], """["1"]""");

        Assert.Equal(
            [
                ["http://h/1", "http://h/2"],
                ["http://h/1"],
            ],
            steps.Asked
        );
        Assert.Equal(
            ["""{"a":"1","n":"1"}""", """{"a":2,"n":"2"}""", """{"a":"\u0031","n":"1"}""", "", """{"a":1,"n":"1"}"""],
            found.Lines
        );
    }

    [Fact]
    public async Task Fields_are_percent_encoded_and_doubled_braces_stand_for_themselves()
    {
        var steps = new Enriching("""{"type":"lookup","url":"http://h/{{{a b}}}/{c}#{c}","into":"x"}""", _ => "1");

        await steps.RunAsync(null, """{"a b":"é/?#&%\n😀 .","c":[1, "x"]}""");

        Assert.Equal(
            [
                ["http://h/{%C3%A9%2F%3F%23%26%25%0A%F0%9F%98%80%20.}/%5B1%2C%20%22x%22%5D#%5B1%2C%20%22x%22%5D"],
            ],
            steps.Asked
        );
    }

    [Fact]
    public async Task A_failed_lookup_makes_rejects_that_name_its_host()
    {
        var steps = new Enriching(
            Select,
            url =>
                url[^1] switch
                {
                    '1' => null,
                    '2' => "<html>",
                    '3' => """{"id":1}""",
                    _ => Body,
                }
        );

        var found = await steps.RunAsync(
            ["email", "city"],
            """["a","1"]""",
            """["a","2"]""",
            """["a","3"]""",
            """["a","4"]""",
            """["b","1"]"""
        );

        Assert.Equal(
            [
                """0 http_404 host:8443 ["a","1"]""",
                """1 lookup_not_json host:8443 ["a","2"]""",
                """2 lookup_no_match host:8443 ["a","3"]""",
                """4 http_404 host:8443 ["b","1"]""",
            ],
            found.Rejects
        );
        Assert.Equal("The body is not JSON, at line 1, byte 1.", found.Details[1]);
        Assert.Equal("The body has nothing at $.address.zip.", found.Details[2]);
        Assert.Equal(["", "", "", """["a","4",12345678901234567890,"10115"]""", ""], found.Lines);
    }

    [Theory]
    [InlineData("\"select\":{\"x\":\"$.x\",\"y\":\"$.y\"}", "null,null")]
    [InlineData("\"into\":\"x\"", "null")]
    public async Task A_failed_lookup_leaves_its_columns_null_where_that_is_asked_for(string columns, string values)
    {
        var steps = new Enriching($$"""{"type":"lookup","url":"http://h/{a}","onError":"null",{{columns}}}""");

        var found = await steps.RunAsync(["a"], """["1"]""", """[""]""", "[null]");

        Assert.Equal([$"""["1",{values}]""", "", ""], found.Lines);
        // The step was not asked anything about these.
        Assert.Equal(["""1 missing_field  [""]""", "2 missing_field  [null]"], found.Rejects);
        Assert.Equal("The step lookup needs the field 'a', which is an empty text.", found.Details[0]);
        Assert.Equal("The step lookup needs the field 'a', which is absent or null.", found.Details[1]);
    }

    [Fact]
    public async Task Where_no_record_asks_nobody_is_asked_and_the_columns_are_there()
    {
        var steps = new Enriching(Select);

        var found = await steps.RunAsync(["city"], """["x"]""");

        Assert.Empty(steps.Asked);
        Assert.Equal(["city", "id", "zip"], found.Columns);
        Assert.Equal([""], found.Lines);
    }

    [Theory]
    [InlineData("http://h/a/{f}", "..", true)]
    [InlineData("http://h/a/{f}/b", ".", true)]
    [InlineData("http://h/a/.{f}", ".", true)]
    [InlineData("http://h/a/{f}?q", "..", true)]
    [InlineData("http://h/a/v{f}", "..", false)]
    [InlineData("http://h/a/{f}", "...", false)]
    [InlineData("http://h/a?q={f}", "..", false)]
    [InlineData("http://h/a?q=/{f}", "..", false)]
    [InlineData("http://h/a/{f}", "%2e%2e", false)]
    public async Task No_field_leads_to_another_path(string url, string field, bool refused)
    {
        var steps = new Enriching($$"""{"type":"lookup","url":"{{url}}","into":"x"}""", _ => "1");

        var found = await steps.RunAsync(["f"], $"[\"{field}\"]");

        Assert.Equal(refused ? [$"0 unusable_field  [\"{field}\"]"] : [], found.Rejects);
        if (!refused)
            Assert.StartsWith(
                "/a",
                new Uri(Assert.Single(Assert.Single(steps.Asked))).AbsolutePath,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task A_field_too_long_for_a_URL_makes_a_reject()
    {
        var steps = new Enriching("""{"type":"lookup","url":"http://h/{f}","into":"x"}""", _ => "1");

        var found = await steps.RunAsync(["f"], $"[\"{new string('x', 8183)}\"]", $"[\"{new string('x', 8184)}\"]");

        Assert.StartsWith("1 unusable_field", Assert.Single(found.Rejects), StringComparison.Ordinal);
        Assert.Equal(
            "The step lookup needs 'f', which would make a URL of more than 8192 characters.",
            found.Details[0]
        );
    }

    [Fact]
    public async Task What_a_lookup_brought_can_be_looked_up_with()
    {
        var steps = new Enriching(
            """
            {"type":"lookup","url":"http://h/a/{a}","select":{"b":"$.b"}},
            {"type":"lookup","url":"http://h/b/{b}","select":{"c":"$"}},
            {"type":"score","field":"c","into":"s","modulo":1000}
            """,
            url => url.Contains("/a/", StringComparison.Ordinal) ? """{"b":"ü"}""" : "\"a@b\""
        );

        var found = await steps.RunAsync(["a"], """["1"]""", """["2"]""");

        Assert.Equal(
            [
                ["http://h/a/1", "http://h/a/2"],
                ["http://h/b/%C3%BC"],
            ],
            steps.Asked
        );
        Assert.Equal(["""["1","ü","a@b",842]""", """["2","ü","a@b",842]"""], found.Lines);
    }
}
