namespace JobServer.Tests.Jobs.Enrichment;

public sealed class StepTests
{
    private static readonly string[] Columns = ["id", "email"];

    [Theory]
    [InlineData(
        """{"type":"processedAt","into":"at"}""",
        "id,email,at",
        """["1","a@b","2030-01-01T00:00:00.000Z"]""",
        """{"id":1,"email":"a@b","at":"2030-01-01T00:00:00.000Z"}"""
    )]
    [InlineData(
        """{"type":"processedAt","into":"id"}""",
        "id,email",
        """["2030-01-01T00:00:00.000Z","a@b"]""",
        """{"id":"2030-01-01T00:00:00.000Z","email":"a@b"}"""
    )]
    [InlineData(
        """{"type":"score","field":"email","into":"s","modulo":1000}""",
        "id,email,s",
        """["1","a@b",842]""",
        """{"id":1,"email":"a@b","s":842}"""
    )]
    [InlineData(
        """{"type":"score","field":"email","into":"email","modulo":1000}""",
        "id,email",
        """["1",842]""",
        """{"id":1,"email":842}"""
    )]
    [InlineData(
        """{"type":"set","field":"x","value":{"a": [1.10, null]}}""",
        "id,email,x",
        """["1","a@b",{"a": [1.10, null]}]""",
        """{"id":1,"email":"a@b","x":{"a": [1.10, null]}}"""
    )]
    [InlineData(
        """{"type":"set","field":"id","value":null}""",
        "id,email",
        """[null,"a@b"]""",
        """{"id":null,"email":"a@b"}"""
    )]
    [InlineData(
        """{"type":"rename","from":"id","to":"number"}""",
        "number,email",
        """["1","a@b"]""",
        """{"number":1,"email":"a@b"}"""
    )]
    [InlineData("""{"type":"rename","from":"id","to":"email"}""", "email", """["1"]""", """{"email":1}""")]
    [InlineData("""{"type":"rename","from":"email","to":"id"}""", "id", """["a@b"]""", """{"id":"a@b"}""")]
    [InlineData(
        """{"type":"rename","from":"none","to":"email"}""",
        "id,email",
        """["1","a@b"]""",
        """{"id":1,"email":"a@b"}"""
    )]
    [InlineData("""{"type":"drop","field":"id"}""", "email", """["a@b"]""", """{"email":"a@b"}""")]
    [InlineData("""{"type":"drop","fields":["email","none"]}""", "id", """["1"]""", """{"id":1}""")]
    [InlineData("""{"type":"drop","fields":["id","email"]}""", "", "[]", "{}")]
    public async Task A_step_does_the_same_to_arrays_and_to_objects(
        string step,
        string columns,
        string array,
        string member
    )
    {
        var steps = new Enriching(step);

        var arrays = await steps.RunAsync(Columns, """["1","a@b"]""");
        var objects = await steps.RunAsync(null, """{"id":1, "email":"a@b"}""");

        Assert.Equal([array], arrays.Lines);
        Assert.Equal(columns.Split(',', StringSplitOptions.RemoveEmptyEntries), arrays.Columns);
        Assert.Equal([member], objects.Lines);
        Assert.Null(objects.Columns);
        Assert.Empty(arrays.Rejects);
        Assert.Empty(objects.Rejects);
    }

    [Fact]
    public async Task Steps_run_in_order_each_on_what_the_one_before_left()
    {
        var steps = new Enriching(
            """
            {"type":"rename","from":"email","to":"mail"},
            {"type":"score","field":"mail","into":"s","modulo":1000},
            {"type":"score","field":"s","into":"t","modulo":1000},
            {"type":"set","field":"id","value":[]},
            {"type":"drop","field":"s"},
            {"type":"rename","from":"t","to":"id"}
            """
        );

        var arrays = await steps.RunAsync(Columns, """["1","a@b"]""", """["2","a@b"]""");
        var objects = await steps.RunAsync(null, """{"id":"1","email":"a@b"}""");

        Assert.Equal(["mail", "id"], arrays.Columns);
        Assert.Equal(["""["a@b",105]""", """["a@b",105]"""], arrays.Lines);
        Assert.Equal(["""{"mail":"a@b","id":105}"""], objects.Lines);
    }

    [Fact]
    public async Task The_clock_is_read_anew_for_each_block()
    {
        var steps = new Enriching("""{"type":"processedAt","into":"at"}""");

        await steps.RunAsync(null, "{}");
        steps.Time.Advance(TimeSpan.FromTicks(15_009_999));
        var later = await steps.RunAsync(null, "{}", "{}");

        Assert.Equal(["""{"at":"2030-01-01T00:00:01.500Z"}""", """{"at":"2030-01-01T00:00:01.500Z"}"""], later.Lines);
    }

    [Theory]
    [InlineData("\"\"", 37UL)]
    [InlineData("\"a@b\"", 842UL)]
    [InlineData("\"a\\u0040b\"", 842UL)]
    [InlineData("\"\\\"\\n\\ud83d\\ude00/\"", 0UL)]
    public async Task The_score_is_that_of_the_text_not_of_how_it_is_written(string value, ulong score)
    {
        var steps = new Enriching("""{"type":"score","field":"f","into":"s","modulo":1000}""");
        var text = System.Text.Json.JsonElement.Parse(value).GetString()!;
        var expected = Reference.Fnv1a(System.Text.Encoding.UTF8.GetBytes(text)) % 1000;

        var found = await steps.RunAsync(["f"], $"[{value}]");

        Assert.Equal([$"[{value},{expected}]"], found.Lines);
        if (score > 0)
            Assert.Equal(score, expected);
    }

    [Theory]
    [InlineData("1.10")]
    [InlineData("12345678901234567890")]
    [InlineData("true")]
    [InlineData("[1, \"x\"]")]
    [InlineData("{\"a\": null}")]
    public async Task The_score_of_what_is_no_text_is_that_of_its_JSON(string value)
    {
        var steps = new Enriching("""{"type":"score","field":"f","into":"s","modulo":1000000000}""");
        var expected = Reference.Fnv1a(System.Text.Encoding.UTF8.GetBytes(value)) % 1_000_000_000;

        var found = await steps.RunAsync(null, $$"""{"f": {{value}} }""");

        Assert.Equal([$$"""{"f":{{value}},"s":{{expected}}}"""], found.Lines);
    }

    [Fact]
    public async Task A_field_that_is_absent_or_null_makes_a_reject_which_later_steps_skip()
    {
        var steps = new Enriching(
            """{"type":"score","field":"f","into":"s","modulo":9},{"type":"score","field":"g","into":"t","modulo":9}"""
        );

        var objects = await steps.RunAsync(null, """{"g":1}""", """{"f":null}""", """{"f":"", "g":""}""", "{}");
        var arrays = await steps.RunAsync(["f"], "[null]", "[\"\"]");

        Assert.Equal(["", "", """{"f":"","g":"","s":5,"t":5}""", ""], objects.Lines);
        Assert.Equal(
            ["""0 missing_field  {"g":1}""", """1 missing_field  {"f":null}""", "3 missing_field  {}"],
            objects.Rejects
        );
        Assert.All(
            objects.Details,
            detail => Assert.Equal("The step score needs the field 'f', which is absent or null.", detail)
        );
        Assert.Equal(["0 missing_field  [null]", """1 missing_field  [""]"""], arrays.Rejects);
        Assert.Equal("The step score needs the field 'g', which is absent or null.", arrays.Details[1]);
    }

    [Fact]
    public async Task Names_are_compared_by_their_text()
    {
        var steps = new Enriching(
            """
            {"type":"score","field":"ä\"","into":"s","modulo":1000},
            {"type":"set","field":"b","value":1},
            {"type":"rename","from":"c","to":"a\\\n"}
            """
        );

        var found = await steps.RunAsync(null, """{"\u00e4\u0022":"a@b","\u0062":2,"c":3}""");

        Assert.Equal(["""{"\u00e4\u0022":"a@b","\u0062":1,"a\\\n":3,"s":842}"""], found.Lines);
    }
}
