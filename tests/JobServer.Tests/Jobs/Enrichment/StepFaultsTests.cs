using System.Text.Json;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class StepFaultsTests
{
    private const string Lookup = """{"type":"lookup","url":"http://h/{a}","into":"x",""";
    private const string Url = "steps[0].url ";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    [Theory]
    [InlineData("{}", "steps is required")]
    [InlineData("""{"steps":{}}""", "steps must be a list of at most 50")]
    [InlineData("""{"steps":[]}""", "steps must hold at least one step")]
    [InlineData(
        """{"steps":[5]}""",
        """steps[0] must be an object, like {"type": "processedAt", "into": "processedAt"}"""
    )]
    [InlineData("""{"steps":[{}]}""", "steps[0].type is required")]
    [InlineData(
        """{"steps":[{"type":"Set"}]}""",
        "steps[0].type must be one of: processedAt, score, set, rename, drop, lookup"
    )]
    public void A_list_of_steps_holds_steps(string body, string fault) => AssertFaults(body, fault);

    [Fact]
    public void There_are_fifty_steps_at_most()
    {
        var steps = string.Join(',', Enumerable.Repeat("""{"type":"processedAt","into":"x"}""", 50));

        Assert.Equal(50, Enriching.Parse(steps).Count);
        AssertFaults($$"""{"steps":[{{steps}},{}]}""", "steps must be a list of at most 50");
    }

    [Theory]
    [InlineData("""{"type":"processedAt","into":""}""", "steps[0].into must have 1 to 200 characters")]
    [InlineData("""{"type":"processedAt","into":5}""", "steps[0].into must be text in double quotes")]
    [InlineData(
        """{"type":"processedAt","into":"x","from":"y"}""",
        "steps[0].from is not a known member; known: type, into"
    )]
    [InlineData("""{"type":"score"}""", "steps[0].field is required")]
    [InlineData(
        """{"type":"score","field":"a","into":"b","modulo":1}""",
        "steps[0].modulo must be a whole number from 2 to 1000000000"
    )]
    [InlineData(
        """{"type":"score","field":"a","into":"b","modulo":1000000001}""",
        "steps[0].modulo must be a whole number from 2 to 1000000000"
    )]
    [InlineData("""{"type":"set","field":"a"}""", "steps[0].value is required; null, too, is a value")]
    [InlineData(
        """{"type":"set","field":"a","value":["\ud800"]}""",
        "steps[0].value holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)"
    )]
    [InlineData("""{"type":"rename","from":"a","to":"a"}""", "steps[0].to must be another name than from")]
    [InlineData("""{"type":"rename","to":"a"}""", "steps[0].from is required")]
    [InlineData("""{"type":"drop"}""", "steps[0].field or fields is required, one of them")]
    [InlineData("""{"type":"drop","field":"a","fields":["b"]}""", "steps[0].field or fields is required, one of them")]
    [InlineData("""{"type":"drop","fields":[]}""", "steps[0].fields must hold at least one name")]
    [InlineData("""{"type":"drop","fields":["a",""]}""", "steps[0].fields[1] must have 1 to 200 characters")]
    public void A_step_says_what_is_wrong_with_it(string step, string faults) => AssertStep(step, faults);

    [Fact]
    public void A_value_to_set_has_its_limits()
    {
        var text = new string('x', SetStep.MaxValueBytes - 1);
        var levels = new string('[', 61) + new string(']', 61);

        AssertStep($$"""{"type":"set","field":"a","value":"{{text}}"}""", "steps[0].value is larger than 16384 bytes");
        AssertStep(
            $$"""{"type":"set","field":"a","value":{{levels}}}""",
            "steps[0].value has more than 60 levels of lists and objects"
        );
        Enriching.Parse($$"""{"type":"set","field":"a","value":"{{text[1..]}}"}""");
        Enriching.Parse($$"""{"type":"set","field":"a","value":{{levels[1..^1]}}}""");
    }

    [Theory]
    [InlineData(
        """{"type":"lookup"}""",
        "steps[0].url is required|steps[0].into is required where nothing is selected: it names the column of the whole body"
    )]
    [InlineData(Lookup + "\"onError\":\"skip\"}", "steps[0].onError must be one of: reject, null")]
    [InlineData(Lookup + "\"cacheFor\":\"31.00:00:00\"}", "steps[0].cacheFor must be from 00:00:00 to 30.00:00:00")]
    [InlineData(
        Lookup + "\"select\":{}}",
        """steps[0].select must be an object of 1 to 50 texts, like {"city": "$.address.city"}"""
    )]
    [InlineData(
        Lookup + "\"select\":[]}",
        """steps[0].select must be an object of 1 to 50 texts, like {"city": "$.address.city"}"""
    )]
    [InlineData(Lookup + "\"select\":{\"a\":1}}", "steps[0].select.a must be text in double quotes")]
    [InlineData(Lookup + "\"select\":{\"a\":\"\\ud800\"}}", "steps[0].select.a must be text in double quotes")]
    [InlineData(Lookup + "\"select\":{\"\\ud800\":\"$\"}}", "steps[0].select has a member name that is not Unicode")]
    [InlineData(Lookup + "\"select\":{\"a\":\"$\",\"a\":\"$\"}}", "steps[0].select.a is given more than once")]
    [InlineData(
        Lookup + "\"select\":{\"\":\"$\"}}",
        "steps[0].select. must have a name of 1 to 200 characters, none U+0000"
    )]
    [InlineData(
        Lookup + "\"select\":{\"a\":\"$..b\"}}",
        "steps[0].select.a is not a path this server reads: it has no name after the . at character 2; supported are $, .name, ['name'], [\"name\"], [0] and [-1], one after the other"
    )]
    [InlineData(
        Lookup + "\"headers\":{}}",
        """steps[0].headers must be an object of 1 to 32 texts, like {"Accept": "text/csv"}"""
    )]
    [InlineData(Lookup + "\"headers\":{\"Host\":\"x\"}}", "steps[0].headers.Host the header Host is set by the server")]
    [InlineData(
        Lookup + "\"headers\":{\"A\":\"x\",\"a\":\"x\"}}",
        "steps[0].headers.a is given more than once (upper and lower case are the same)"
    )]
    [InlineData(
        Lookup + "\"method\":\"POST\"}",
        "steps[0].method is not a known member; known: type, url, select, into, headers, onError, cacheFor"
    )]
    public void A_lookup_says_what_is_wrong_with_it(string step, string faults) => AssertStep(step, faults);

    [Theory]
    [InlineData("{a}", Url + "fields in braces may stand only after scheme, host and port")]
    [InlineData("http://{a}/", Url + "fields in braces may stand only after scheme, host and port")]
    [InlineData("http://h{a}/", Url + "fields in braces may stand only after scheme, host and port")]
    [InlineData("{a}://h/", Url + "fields in braces may stand only after scheme, host and port")]
    [InlineData("http://h:{a}/", Url + "fields in braces may stand only after scheme, host and port")]
    [InlineData("ftp://h/{a}", Url + "only http and https URLs can be fetched")]
    [InlineData("h/a", Url + "it is not an absolute URL")]
    [InlineData(
        "http://u:p@h/{a}",
        Url + "a URL carries no user name or password; send an Authorization header instead"
    )]
    [InlineData(
        "http://h/{a",
        Url + "the brace at character 10 has no other; one that stands for itself is written twice"
    )]
    [InlineData(
        "http://h/{a{b}",
        Url + "the brace at character 10 has no other; one that stands for itself is written twice"
    )]
    [InlineData(
        "http://h/a}",
        Url + "the brace at character 11 has no other; one that stands for itself is written twice"
    )]
    [InlineData(
        "http://h/{}",
        Url + "the name of a field has 1 to 200 characters, unlike the one in braces at character 10"
    )]
    public void A_URL_of_a_lookup_leads_to_one_host(string url, string fault) =>
        AssertStep($$"""{"type":"lookup","url":"{{url}}","into":"x"}""", fault);

    private static void AssertStep(string step, string faults) => AssertFaults($$"""{"steps":[{{step}}]}""", faults);

    private static void AssertFaults(string body, string faults)
    {
        var found = new Faults();
        StepTypes.Read(new Fields(JsonElement.Parse(body, Deep), "", found), found);

        Assert.Equal(
            faults.Split('|'),
            found.ToErrors().SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))
        );
    }
}
