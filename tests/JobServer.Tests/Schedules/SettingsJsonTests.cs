using System.Text;
using JobServer.Schedules;
using Microsoft.Extensions.Configuration;

namespace JobServer.Tests.Schedules;

public sealed class SettingsJsonTests
{
    [Theory]
    [InlineData("true", "true")]
    [InlineData("True", "true")]
    [InlineData("false", "false")]
    [InlineData("null", "null")]
    [InlineData("17", "17")]
    [InlineData("-1.5e3", "-1.5e3")]
    [InlineData("\"17\"", "\"17\"")]
    [InlineData("\"true\"", "\"true\"")]
    [InlineData("017", "\"017\"")]
    [InlineData("1 2", "\"1 2\"")]
    [InlineData(" 1", "\" 1\"")]
    [InlineData("0 2 * * *", "\"0 2 * * *\"")]
    [InlineData("00:00:10", "\"00:00:10\"")]
    [InlineData("2030-01-01T00:00:00Z", "\"2030-01-01T00:00:00Z\"")]
    [InlineData("\"half", "\"\\u0022half\"")]
    [InlineData("{}", "\"{}\"")]
    [InlineData("NULL", "\"NULL\"")]
    [InlineData("", "\"\"")]
    public void A_value_is_what_it_looks_like_and_text_otherwise(string setting, string json) =>
        Assert.Equal($$"""{"a":{{json}}}""", Read(("S:x:a", setting)));

    [Fact]
    public void Sections_are_objects_and_those_of_indexes_are_lists() =>
        Assert.Equal(
            """{"args":{"options":{"retry":{"maxAttempts":3}},"urls":["0","a",{"url":"b"},3,4,5,6,7,8,9,10]},"cron":"@daily"}""".Replace(
                "\"0\"",
                "0",
                StringComparison.Ordinal
            ),
            Read([
                ("S:x:cron", "@daily"),
                ("S:x:args:options:retry:maxAttempts", "3"),
                ("S:x:args:urls:0", "0"),
                ("S:x:args:urls:1", "a"),
                ("S:x:args:urls:2:url", "b"),
                .. Enumerable.Range(3, 8).Select(n => ($"S:x:args:urls:{n}", $"{n}")),
            ])
        );

    [Fact]
    public void Members_of_a_schedule_are_known_in_any_spelling_and_those_of_args_stay_as_they_are() =>
        Assert.Equal(
            """{"args":{"Timezone":1},"timeZone":"UTC"}""",
            Read(["timeZone", "args"], ("S:x:TIMEZONE", "UTC"), ("S:x:ARGS:Timezone", "1"))
        );

    [Fact]
    public void A_list_with_a_gap_is_an_object() =>
        Assert.Equal("""{"a":{"0":"x","2":"y"}}""", Read(("S:x:a:0", "x"), ("S:x:a:2", "y")));

    private static string Read(params (string Key, string Value)[] settings) => Read([], settings);

    private static string Read(string[] members, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))
            .Build();
        return Encoding.UTF8.GetString(SettingsJson.Of(configuration.GetSection("S:x"), members));
    }
}
