using System.Text;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class LookupBodyTests
{
    private static readonly LookupStep Whole = Step("""{"type":"lookup","url":"http://h/","into":"x"}""");
    private static readonly LookupStep Part = Step("""{"type":"lookup","url":"http://h/","select":{"x":"$.a"}}""");

    [Theory]
    [InlineData("", "The body is not JSON, at line 1, byte 1.")]
    [InlineData("{\"a\":\n1,}", "The body is not JSON, at line 2, byte 3.")]
    [InlineData("{\"a\":1} 2", "The body is not JSON, at line 1, byte 9.")]
    [InlineData("{\"a\":1,\"b\":\"\\ud800\"}", "The body holds text that is not Unicode.")]
    public void A_body_that_cannot_be_used_is_not_JSON(string body, string detail)
    {
        foreach (var step in new[] { Whole, Part })
            Assert.Equal(
                LookupAnswer.Failure("lookup_not_json", detail, "h"),
                LookupBody.Select(step, Encoding.UTF8.GetBytes(body))
            );
    }

    [Fact]
    public void A_body_that_would_make_the_record_too_deep_is_refused()
    {
        var deepest = new string('[', 62) + new string(']', 62);

        Assert.Null(LookupBody.Select(Whole, Encoding.UTF8.GetBytes(deepest)).ErrorCode);
        Assert.Equal(
            LookupAnswer.Failure("lookup_not_json", "The body has more than 62 levels of lists and objects.", "h"),
            LookupBody.Select(Whole, Encoding.UTF8.GetBytes($"[{deepest}]"))
        );
    }

    [Fact]
    public void A_null_that_is_there_is_selected()
    {
        var answer = LookupBody.Select(Part, """{"a":null}"""u8);

        Assert.Equal("""{"x":null}""", Encoding.UTF8.GetString(answer.Value.Span));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    public void Nothing_at_the_path_is_no_match(string body) =>
        Assert.Equal(
            LookupAnswer.Failure("lookup_no_match", "The body has nothing at $.a.", "h"),
            LookupBody.Select(Part, Encoding.UTF8.GetBytes(body))
        );

    private static LookupStep Step(string step) => Assert.IsType<LookupStep>(Assert.Single(Enriching.Parse(step)));
}
