using System.Diagnostics;
using System.Text;
using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Enrichment.Records;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class EnricherTests
{
    private const string Set = """{"type":"set","field":"new","value":1}""";

    [Theory]
    [InlineData("""{"id":1.10,"n":12345678901234567890,"t":"\u0041\/","e":1E+5,"l":[ 1 , {"a":"]}"} ],"f":false}""")]
    [InlineData("""{"":"\"","\"":"\\","a":{"b":{"c":[]}},"z":null}""")]
    [InlineData("""{"ä":"ö\ud83d\ude00😀"}""")]
    public async Task Members_that_no_step_touches_keep_every_byte(string record)
    {
        var found = await new Enriching(Set).RunAsync(null, record, record);

        var expected = record[..^1] + ""","new":1}""";
        Assert.Equal([expected, expected], found.Lines);
    }

    [Fact]
    public async Task Cells_that_no_step_touches_keep_every_byte()
    {
        string[] columns = ["a", "b", "c", "d", "e", "f"];
        var steps = new Enriching($$"""{"type":"drop","field":"c"},{"type":"set","field":"e","value":[]},{{Set}}""");

        var found = await steps.RunAsync(
            columns,
            """["","\"\\","x","ä\u0001,]","y","[\"z"]""",
            """[1.10,12345678901234567890,true,{"a": [1, "]"]},null,[]]"""
        );

        Assert.Equal(["a", "b", "d", "e", "f", "new"], found.Columns);
        Assert.Equal(
            ["""["","\"\\","ä\u0001,]",[],"[\"z",1]""", """[1.10,12345678901234567890,{"a": [1, "]"]},[],[],1]"""],
            found.Lines
        );
    }

    [Fact]
    public async Task Steps_that_move_columns_apart_and_together_again_lose_none()
    {
        var steps = new Enriching(
            """
            {"type":"rename","from":"a","to":"z"},{"type":"drop","field":"b"},{"type":"set","field":"b","value":0},
            {"type":"rename","from":"d","to":"c"}
            """
        );

        var found = await steps.RunAsync(["a", "b", "c", "d", "e"], """["1","2","3","4","5"]""");

        Assert.Equal(["z", "c", "e", "b"], found.Columns);
        Assert.Equal(["""["1","4","5",0]"""], found.Lines);
    }

    [Theory]
    [InlineData("a,b")]
    [InlineData(null)]
    public async Task A_faulty_record_is_a_reject_with_what_the_file_says_of_it(string? columns)
    {
        var good = columns is null ? """{"a":"1","b":"2"}""" : """["1","2"]""";

        var found = await new Enriching(Set).RunAsync(
            columns?.Split(','),
            """!{"code":"ragged_row","detail":"Row 1 has 3 cells; \"the\" header has 2.","record":["1","x\\n", "y"]}""",
            good,
            """!{"code":"malformed","detail":"No.","record":null}""",
            """!{"code":"not_an_object","detail":"No.","record":12345678901234567890}"""
        );

        Assert.Equal(["", good[..^1] + (columns is null ? ",\"new\":1}" : ",1]"), "", ""], found.Lines);
        Assert.Equal(
            ["""0 ragged_row  ["1","x\\n", "y"]""", "2 malformed  null", "3 not_an_object  12345678901234567890"],
            found.Rejects
        );
        Assert.Equal("Row 1 has 3 cells; \"the\" header has 2.", found.Details[0]);
    }

    [Fact]
    public async Task Rejects_come_in_the_order_of_the_records_whichever_step_made_them()
    {
        var steps = new Enriching(
            """{"type":"score","field":"b","into":"s","modulo":2},{"type":"score","field":"a","into":"s","modulo":2}"""
        );

        var found = await steps.RunAsync(null, """{"b":1}""", """{"a":1}""", """!{"code":"c","detail":"d"}""", "{}");

        Assert.Equal(["0", "1", "2", "3"], found.Rejects.Select(reject => reject.Split(' ')[0]));
    }

    [Fact]
    public async Task Nothing_of_a_block_shows_in_the_next_one_whatever_their_sizes_and_shapes()
    {
        var steps = new Enriching($$"""{"type":"score","field":"a","into":"s","modulo":1000},{{Set}}""");
        string[] many = [.. Enumerable.Repeat("""{"x":1,"y":2,"a":"a@b"}""", 500)];

        var first = await steps.RunAsync(null, many);
        var rejects = await steps.RunAsync(null, "{}", """{"z":1}""");
        var arrays = await steps.RunAsync(["q", "a"], """["1","a@b"]""", """["2","a@b"]""", """["3","a@b"]""");
        var others = await steps.RunAsync(["a"], """["a@b"]""");
        var last = await steps.RunAsync(null, [.. many, .. many]);

        Assert.All(first.Lines, line => Assert.Equal("""{"x":1,"y":2,"a":"a@b","s":842,"new":1}""", line));
        Assert.Equal(["", ""], rejects.Lines);
        Assert.Equal(["""["1","a@b",842,1]""", """["2","a@b",842,1]""", """["3","a@b",842,1]"""], arrays.Lines);
        Assert.Equal(["""["a@b",842,1]"""], others.Lines);
        Assert.Empty(last.Rejects);
        Assert.All(last.Lines, line => Assert.Equal(first.Lines[0], line));
    }

    [Fact]
    public async Task An_empty_block_is_one()
    {
        var steps = new Enriching(Set);

        Assert.Equal(["a", "new"], (await steps.RunAsync(["a"])).Columns);
        Assert.Empty((await steps.RunAsync(null)).Lines);
    }

    [Theory]
    [InlineData(null, "{}", "{\"a\":1,\"new\":1}")]
    [InlineData("b", "[[]]", "[[],1,1]")]
    public async Task Records_beyond_what_one_batch_may_come_to_are_rejects(string? columns, string record, string line)
    {
        var steps = new Enriching(
            $$"""{"type":"set","field":"a","value":1},{{Set}}""",
            maxBytes: 3 * (line.Length + 5) + 20
        );

        var found = await steps.RunAsync(columns?.Split(','), [.. Enumerable.Repeat(record, 10)]);

        Assert.Equal([line, line], found.Lines[..2]);
        Assert.Equal("", found.Lines[9]);
        Assert.Equal(found.Lines.Count(text => text.Length == 0), found.Rejects.Length);
        Assert.Equal($"9 output_too_large  {record}", found.Rejects[^1]);
        Assert.EndsWith(" bytes; choose a smaller batchSize.", found.Details[0], StringComparison.Ordinal);
        Assert.True(found.Lines.Sum(text => text.Length + 1) <= 3 * (line.Length + 5) + 20);
    }

    [Fact]
    public async Task Answers_beyond_what_one_batch_may_come_to_make_rejects()
    {
        var steps = new Enriching(
            """{"type":"lookup","url":"http://h/{a}","into":"x","onError":"null"}""",
            _ => $"\"{new string('x', 98)}\"",
            maxBytes: 250
        );

        var found = await steps.RunAsync(["a"], """["1"]""", """["2"]""", """["3"]""");

        Assert.Equal("""2 output_too_large  ["3"]""", found.Rejects[^1]);
        Assert.StartsWith("""["1","xxx""", found.Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b", "[\"1\"]\n")]
    [InlineData("a,b", "[\"1\",\"2\",\"3\"]\n")]
    [InlineData("a,b", "[\"1\", \"2\"]\n")]
    [InlineData("a,b", "[\"1\",\"2\"] \n")]
    [InlineData("a,b", "{\"a\":1}\n")]
    [InlineData("a,b", "\n")]
    [InlineData("a,b", "[\"1\",\"2\"]")]
    [InlineData("a,b", "[\"1\",\"2")]
    [InlineData(null, "[1]\n")]
    [InlineData(null, "{\"a\" 1}\n")]
    [InlineData(null, "{\"a\":1} x\n")]
    public async Task A_stored_line_that_is_not_in_its_form_is_a_fault_of_the_server(string? columns, string line)
    {
        var steps = new Enriching(Set);
        var enricher = new Enricher(steps.Steps, steps, steps.Time);
        var block = new RecordBlock(1, columns?.Split(','), Encoding.UTF8.GetBytes(line));

        await Assert.ThrowsAsync<UnreachableException>(async () =>
            await enricher.RunAsync(block, TestContext.Current.CancellationToken)
        );
    }
}
