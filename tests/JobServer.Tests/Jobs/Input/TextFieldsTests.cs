using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class TextFieldsTests
{
    private readonly Faults _faults = new();

    private string[] Found =>
        [.. _faults.ToErrors().SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))];

    [Fact]
    public void Given_texts_are_read()
    {
        var fields = Read(
            """
            { "uniqueKey": "näme 😀", "tags": ["a", "b"], "overlap": "skip", "itemTimeout": "PT10S",
              "deadline": "2030-01-31T09:00:00+01:00" }
            """
        );

        Assert.Equal("näme 😀", fields.Text("uniqueKey", 1, 20));
        Assert.Equal(["a", "b"], fields.Strings("tags", 10, 10));
        Assert.Equal("skip", fields.Choice("overlap", "allow", "allow", "skip"));
        Assert.Equal(
            TimeSpan.FromSeconds(10),
            fields.Duration("itemTimeout", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.MaxValue)
        );
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 8, 0, 0, TimeSpan.Zero), fields.OptionalTimestamp("deadline"));
        fields.Done();
        Assert.Empty(Found);
    }

    [Theory]
    [InlineData("\"\"", "must have 1 to 5 characters")]
    [InlineData("\"sixsix\"", "must have 1 to 5 characters")]
    [InlineData("5", "must be text in double quotes")]
    [InlineData("[]", "must be text in double quotes")]
    [InlineData("\"a\\u0000\"", "must not hold the character U+0000")]
    [InlineData("\"\\ud800\"", "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)")]
    [InlineData("\"\\ud800x\"", "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)")]
    [InlineData("\"\\udc00\"", "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)")]
    [InlineData("\"\\udc00\\ud800\"", "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)")]
    [InlineData("\"\\ud800\\n\"", "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)")]
    public void A_wrong_text_is_told_why(string json, string message)
    {
        var fields = Read($$"""{ "key": {{json}}, "tags": ["ok", {{json}}] }""");

        Assert.Null(fields.OptionalText("key", 1, 5));
        Assert.Equal(["ok"], fields.Strings("tags", 10, 5));
        Assert.Equal([$"key {message}", $"tags[1] {message}"], Found);
    }

    [Fact]
    public void Paired_surrogate_escapes_are_text()
    {
        Assert.Equal("😀\\n", Read("""{ "key": "\ud83d\uDE00\\n" }""").Text("key", 1, 5));
        Assert.Empty(Found);
    }

    [Fact]
    public void Too_many_texts_are_a_fault()
    {
        Assert.Empty(Read("""{ "tags": ["a", "b", "c"] }""").Strings("tags", 2, 5));
        Assert.Equal(["tags must be a list of at most 2"], Found);
    }

    [Theory]
    [InlineData("\"Skip\"")]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData("\"\\ud800\"")]
    public void A_word_outside_the_choice_is_told_the_choice(string json)
    {
        Assert.Equal("allow", Read($$"""{ "overlap": {{json}} }""").Choice("overlap", "allow", "allow", "skip"));
        Assert.Equal(["overlap must be one of: allow, skip"], Found);
    }

    [Theory]
    [InlineData("\"PT0S\"", "must be from 00:00:01 to 01:00:00")]
    [InlineData("\"01:00:00.0000001\"", "must be from 00:00:01 to 01:00:00")]
    [InlineData("\"-00:00:01\"", "must not be negative")]
    [InlineData("10", $"is a bare number, which has no unit; {Durations.Accepted}")]
    [InlineData("-10", "must not be negative")]
    [InlineData("\"10\"", $"is a bare number, which has no unit; {Durations.Accepted}")]
    [InlineData("\"soon\"", $"is not a duration; {Durations.Accepted}")]
    [InlineData("true", $"must be text in double quotes; {Durations.Accepted}")]
    [InlineData("{}", $"must be text in double quotes; {Durations.Accepted}")]
    public void A_wrong_duration_is_told_why(string json, string message)
    {
        var fields = Read($$"""{ "itemTimeout": {{json}} }""");

        var read = fields.Duration(
            "itemTimeout",
            TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(1),
            TimeSpan.FromHours(1)
        );

        Assert.Equal(TimeSpan.FromSeconds(5), read);
        Assert.Equal([$"itemTimeout {message}"], Found);
    }

    [Theory]
    [InlineData("\"2030-01-31T08:00:00Z\"", true)]
    [InlineData("\"2030-01-31T08:00:00.123456Z\"", true)]
    [InlineData("\"2030-01-31T08:00Z\"", true)]
    [InlineData("\"2030-01-31T08:00:00-05:30\"", true)]
    [InlineData("\"2030-01-31T08:00:00\"", false)]
    [InlineData("\"2030-01-31\"", false)]
    [InlineData("\"2030-02-31T08:00:00Z\"", false)]
    [InlineData("\"2030-01-31T08:00:00+99:00\"", false)]
    [InlineData("\"0001-01-01T00:00:00+14:00\"", false)]
    [InlineData("\"31.01.2030\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"\\ud800\"", false)]
    [InlineData("1893484800", false)]
    public void A_time_needs_its_offset(string json, bool accepted)
    {
        var time = Read($$"""{ "deadline": {{json}} }""").OptionalTimestamp("deadline");

        Assert.Equal(accepted, time is { Offset.Ticks: 0 });
        Assert.Equal(accepted, Found.Length == 0);
    }

    private Fields Read(string json) => new(JsonElement.Parse(json), "", _faults);
}
