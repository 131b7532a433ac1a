using System.Text.Json;
using JobServer.Hosting.Demo.Fetch;

namespace JobServer.Tests.Hosting.Demo.Fetch;

public sealed class ExpectationTests
{
    private const string Succeeded = """{"value": {"data": {"id": 7}}, "error": null, "attempts": 1}""";
    private const string Failed = """{"value": null, "error": {"code": "http_500", "detail": "…"}, "attempts": 3}""";

    [Fact]
    public void An_outcome_as_expected_has_no_difference()
    {
        Assert.Null(Expectation.Success(IsSeven).Difference(JsonElement.Parse(Succeeded)));
        Assert.Null(Expectation.Failure("http_500", 3).Difference(JsonElement.Parse(Failed)));
    }

    [Theory]
    [InlineData("http_404", 3, Failed, "expected http_404, attempt 3, saw http_500, attempt 3")]
    [InlineData("http_500", 1, Failed, "expected http_500, saw http_500, attempt 3")]
    [InlineData("http_500", 1, Succeeded, "expected http_500, saw succeeded")]
    public void A_failure_must_have_its_code_and_its_attempts(
        string code,
        int attempts,
        string line,
        string difference
    ) => Assert.Equal(difference, Expectation.Failure(code, attempts).Difference(JsonElement.Parse(line)));

    [Fact]
    public void A_success_must_bring_what_the_page_served()
    {
        var other = JsonElement.Parse(Succeeded.Replace("7", "8"));

        Assert.Equal("its value is not what the page served", Expectation.Success(IsSeven).Difference(other));
    }

    [Fact]
    public void A_failure_where_a_success_was_expected_is_a_difference()
    {
        var difference = Expectation.Success(IsSeven).Difference(JsonElement.Parse(Failed));

        Assert.Equal("expected succeeded, saw http_500, attempt 3", difference);
    }

    private static bool IsSeven(JsonElement value) => value.GetProperty("data").GetProperty("id").GetInt32() == 7;
}
