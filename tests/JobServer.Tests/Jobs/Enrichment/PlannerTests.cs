using System.Text;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Enrichment.Plan;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Tests.Outbound;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class PlannerTests
{
    private int _given;

    [Fact]
    public async Task A_plan_shows_what_would_come_out_without_calling_anyone()
    {
        var plan = await PlanAsync(
            """
            {"type":"score","field":"b","into":"s","modulo":1000},
            {"type":"lookup","url":"http://one/{b}","select":{"x":"$.x","y":"$.y"}},
            {"type":"lookup","url":"https://two:8443/","into":"z"}
            """,
            ["a", "b"],
            2501,
            Enriching.Block(["a", "b"], """["1","a@b"]""", """!{"code":"ragged_row","detail":"No.","record":["1"]}"""),
            Enriching.Block(["a", "b"], """["3","c"]""", "[4,null]", """["5","a@b"]""", """["6","a@b"]""")
        );

        Assert.Equal((2501, 3, 6), (plan.Records, plan.Batches, plan.Scanned));
        Assert.Equal(["a", "b"], plan.InputColumns);
        Assert.Equal(["a", "b", "s", "x", "y", "z"], plan.Columns);
        Assert.Equal(
            [
                """1 {"a":"1","b":"a@b","s":842,"x":null,"y":null,"z":null} """,
                """2 ["1"] ragged_row""",
                """3 {"a":"3","b":"c","s":418,"x":null,"y":null,"z":null} """,
                """4 {"a":4,"b":null} missing_field""",
                """5 {"a":"5","b":"a@b","s":842,"x":null,"y":null,"z":null} """,
            ],
            plan.Sample.Select(record =>
                $"{record.Number} {Encoding.UTF8.GetString(record.Value.Utf8.Span)} {record.Error?.Code}"
            )
        );
        Assert.Equal("No.", plan.Sample[1].Error!.Detail);
        Assert.Equal(2, plan.Rejects.Expected);
        Assert.Equal([new("missing_field", 1), new("ragged_row", 1)], plan.Rejects.ByCode);
        Assert.Equal(3, plan.Lookups.Needed);
        Assert.Equal([new PlannedLookup(1, "one", 2), new PlannedLookup(2, "two:8443", 1)], plan.Lookups.ByStep);
    }

    [Fact]
    public async Task What_depends_on_a_lookup_is_unknown_and_no_reject()
    {
        var plan = await PlanAsync(
            """
            {"type":"lookup","url":"http://h/{a}","select":{"x":"$.x"}},
            {"type":"rename","from":"x","to":"y"},
            {"type":"score","field":"y","into":"s","modulo":1000},
            {"type":"lookup","url":"http://h/{s}","select":{"z":"$.z"}},
            {"type":"lookup","url":"http://h/{a}","into":"w"},
            {"type":"set","field":"z","value":"a@b"},
            {"type":"score","field":"z","into":"t","modulo":1000},
            {"type":"drop","field":"y"},
            {"type":"score","field":"y","into":"u","modulo":1000}
            """,
            ["a"],
            2,
            Enriching.Block(null, """{"a":1}""", """{"a":2,"y":3}""")
        );

        Assert.Equal(["a", "s", "z", "w", "t", "u"], plan.Columns);
        // The last step reads what was dropped: that is certain.
        Assert.Equal([new("missing_field", 2)], plan.Rejects.ByCode);
        Assert.Equal(4, plan.Lookups.Needed);
        Assert.Equal(
            [new PlannedLookup(0, "h", 2), new PlannedLookup(3, "h", null), new PlannedLookup(4, "h", 2)],
            plan.Lookups.ByStep
        );
    }

    [Fact]
    public async Task A_known_value_in_the_place_of_an_unknown_one_is_known()
    {
        var plan = await PlanAsync(
            """
            {"type":"lookup","url":"http://h/{a}","select":{"x":"$.x"}},
            {"type":"rename","from":"a","to":"x"},
            {"type":"score","field":"x","into":"s","modulo":1000}
            """,
            ["a"],
            1,
            Enriching.Block(["a"], """["a@b"]""")
        );

        Assert.Equal("""{"x":"a@b","s":842}""", Encoding.UTF8.GetString(plan.Sample[0].Value.Utf8.Span));
    }

    [Fact]
    public async Task No_more_records_are_asked_for_than_a_plan_looks_at()
    {
        var block = Enriching.Block(["a"], [.. Enumerable.Repeat("[\"1\"]", 30_000)]);

        var plan = await PlanAsync(
            """{"type":"processedAt","into":"at"}""",
            ["a"],
            300_000,
            [.. Enumerable.Repeat(block, 10)]
        );

        Assert.Equal(120_000, plan.Scanned);
        Assert.Equal(4, _given);
    }

    [Fact]
    public async Task Equal_steps_are_counted_apart()
    {
        const string Step = """{"type":"lookup","url":"http://h/{a}","into":"x"}""";

        var plan = await PlanAsync($"{Step},{Step}", ["a"], 1, Enriching.Block(["a"], """["1"]""", """["2"]"""));

        Assert.Equal([2, 2], plan.Lookups.ByStep.Select(step => step.Needed));
    }

    private Task<EnrichmentPlan> PlanAsync(string steps, string[] columns, int records, params RecordBlock[] blocks) =>
        Planner.MakeAsync(
            GiveAsync(blocks),
            new EnrichmentSettings
            {
                Input = new EnrichmentInput(records, [], null),
                Steps = Enriching.Parse(steps),
                BatchSize = 1000,
                Calls = new CallSettings(),
            },
            columns,
            records,
            new ManualTime(),
            TestContext.Current.CancellationToken
        );

    private async IAsyncEnumerable<RecordBlock> GiveAsync(RecordBlock[] blocks)
    {
        foreach (var block in blocks)
        {
            await Task.Yield();
            _given++;
            yield return block;
        }
    }
}
