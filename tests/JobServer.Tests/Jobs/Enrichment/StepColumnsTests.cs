using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class StepColumnsTests
{
    [Fact]
    public void Columns_keep_their_places_and_new_ones_come_last()
    {
        var steps = Enriching.Parse(
            """
            {"type":"lookup","url":"http://h/{a}","select":{"b":"$.b","x":"$.x"}},
            {"type":"lookup","url":"http://h/{a}","select":{"c":"$.c"},"into":"y"},
            {"type":"processedAt","into":"a"},
            {"type":"rename","from":"x","to":"z"},
            {"type":"drop","field":"c"},
            {"type":"set","field":"c","value":1}
            """
        );

        Assert.Equal(["a", "b", "d", "z", "y", "c"], StepColumns.After(["a", "b", "c", "d"], steps));
    }

    [Fact]
    public void A_step_that_reads_what_is_not_there_is_refused()
    {
        var steps = Enriching.Parse(
            """
            {"type":"set","field":"new","value":1},
            {"type":"score","field":"new","into":"s","modulo":2},
            {"type":"rename","from":"a","to":"c"},
            {"type":"score","field":"a","into":"s","modulo":2},
            {"type":"rename","from":"none","to":"d"},
            {"type":"drop","field":"b"},
            {"type":"drop","fields":["c","b"]},
            {"type":"lookup","url":"http://h/{s}/{b}/{c}","into":"x"}
            """
        );
        var faults = new Faults();

        StepColumns.Check(["a", "b"], steps, faults);

        Assert.Equal(
            [
                "steps[3].field names 'a', which is no column here; columns: c, b, new, s",
                "steps[4].from names 'none', which is no column here; columns: c, b, new, s",
                "steps[6].fields[1] names 'b', which is no column here; columns: c, new, s",
                "steps[7].url names 'b', which is no column here; columns: new, s",
                "steps[7].url names 'c', which is no column here; columns: new, s",
            ],
            faults.ToErrors().SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))
        );
    }

    [Fact]
    public void Many_columns_are_not_all_told()
    {
        var faults = new Faults();

        StepColumns.Check(
            Enumerable.Range(0, 51).Select(number => $"c{number}"),
            Enriching.Parse("""{"type":"drop","field":"x"}"""),
            faults
        );

        Assert.EndsWith(" c49, …", Assert.Single(faults.ToErrors()["steps[0].field"]), StringComparison.Ordinal);
    }
}
