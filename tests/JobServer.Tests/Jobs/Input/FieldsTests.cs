using System.Text;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class FieldsTests
{
    private readonly Faults _faults = new();

    private string[] Found =>
        [.. _faults.ToErrors().SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))];

    [Fact]
    public void Given_members_are_read()
    {
        var fields = Read(
            """{ "concurrency": 20, "maxBodyBytes": 9000000000, "strict": true, "retry": { "maxAttempts": 5 } }"""
        );

        Assert.Equal(20, fields.Int("concurrency", 10, 1, 1000));
        Assert.Equal(9_000_000_000, fields.Long("maxBodyBytes", 1, 1, long.MaxValue));
        Assert.True(fields.Flag("strict", false));
        Assert.True(fields.Object("retry", out var retry));
        Assert.Equal(5, retry.Int("maxAttempts", 3, 1, 10));
        retry.Done();
        fields.Done();
        Assert.Empty(Found);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(
        """{ "concurrency": null, "strict": null, "retry": null, "tags": null, "steps": null, "jobTimeout": null }"""
    )]
    public void Absent_and_null_read_as_the_default(string json)
    {
        var fields = Read(json);

        Assert.Equal(10, fields.Int("concurrency", 10, 1, 1000));
        Assert.Null(fields.OptionalInt("concurrency", 1, 1000));
        Assert.True(fields.Flag("strict", true));
        Assert.False(fields.Object("retry", out var retry));
        Assert.Equal(3, retry.Int("maxAttempts", 3, 1, 10));
        Assert.Empty(fields.Strings("tags", 10, 10));
        Assert.Empty(fields.Objects("steps", 10));
        Assert.Null(fields.OptionalDuration("jobTimeout", TimeSpan.Zero, TimeSpan.MaxValue));
        fields.Done();
        Assert.Empty(Found);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    [InlineData("1e400")]
    [InlineData("\"10\"")]
    [InlineData("true")]
    [InlineData("[10]")]
    [InlineData("{}")]
    public void A_wrong_number_is_told_its_range(string number)
    {
        var fields = Read($$"""{ "concurrency": {{number}} }""");

        Assert.Equal(10, fields.Int("concurrency", 10, 1, 1000));
        Assert.Equal(["options.concurrency must be a whole number from 1 to 1000"], Found);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var fields = Read(
            """{ "concurrency": "x", "retry": { "maxAttempts": 0, "jitter": 1 }, "strict": 1, "colour": 1, "tags": {} }"""
        );

        fields.Int("concurrency", 10, 1, 1000);
        fields.Flag("strict", false);
        fields.Strings("tags", 10, 10);
        fields.Object("retry", out var retry);
        retry.Int("maxAttempts", 3, 1, 10);
        retry.Done();
        fields.Done();

        Assert.Equal(
            [
                "options.concurrency must be a whole number from 1 to 1000",
                "options.strict must be true or false",
                "options.tags must be a list of at most 10",
                "options.retry.maxAttempts must be a whole number from 1 to 10",
                "options.retry.jitter is not a known member; known: maxAttempts",
                "options.colour is not a known member; known: concurrency, strict, tags, retry",
            ],
            Found
        );
    }

    [Fact]
    public void A_member_given_twice_is_a_fault_and_its_first_value_counts()
    {
        var fields = Read("""{ "concurrency": 5, "concurrency": 6, "\u0063oncurrency": 7 }""");

        Assert.Equal(5, fields.Int("concurrency", 10, 1, 1000));
        Assert.Equal(["options.concurrency is given more than once"], Found);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("\"text\"")]
    [InlineData("false")]
    public void What_should_be_an_object_and_is_not_is_a_fault(string json)
    {
        var fields = Read(json);

        Assert.Equal(10, fields.Int("concurrency", 10, 1, 1000));
        fields.Done();
        Assert.Equal(["options must be an object"], Found);
    }

    [Fact]
    public void The_paths_of_the_document_itself_have_no_prefix()
    {
        var fields = new Fields(JsonElement.Parse("""{ "colour": 1 }"""), "", _faults);
        fields.Knows("urls");
        fields.Done();
        _ = new Fields(JsonElement.Parse("[]"), "", _faults);

        Assert.Equal(["colour is not a known member; known: urls", "$ must be an object"], Found);
    }

    [Fact]
    public void A_list_of_objects_is_read_by_place()
    {
        var fields = Read("""{ "steps": [{ "type": "set" }, 5, null, { "type": 6 }] }""");

        var steps = fields.Objects("steps", 10);

        Assert.Equal("set", steps[0].Text("type", 1, 20));
        Assert.Equal("", steps[3].Text("type", 1, 20));
        Assert.Equal(
            [
                "options.steps[1] must be an object",
                "options.steps[2] must be an object",
                "options.steps[3].type must be text in double quotes",
            ],
            Found
        );
    }

    [Fact]
    public void A_required_member_must_be_there()
    {
        var fields = Read("""{ "kind": null }""");

        Assert.False(fields.Require("cron"));
        Assert.Equal("", fields.Text("kind", 1, 20));
        Assert.Equal(["options.cron is required", "options.kind is required"], Found);
    }

    [Fact]
    public void A_name_that_is_not_Unicode_is_a_fault()
    {
        Read("""{ "\ud800": 1 }""").Done();
        byte[] invalid = [.. "{\""u8, 0xC3, 0x28, .. "\":1}"u8];
        new Fields(JsonElement.Parse(invalid), "retry", _faults).Done();

        Assert.Equal(
            ["options has a member name that is not Unicode", "retry has a member name that is not Unicode"],
            Found
        );
    }

    [Fact]
    public void A_long_unknown_name_does_not_crowd_out_its_message()
    {
        Read($$"""{ "{{new string('x', 5000)}}": 1 }""").Done();

        Assert.True(Encoding.UTF8.GetByteCount(Assert.Single(Found)) < 300);
    }

    private Fields Read(string json) => new(JsonElement.Parse(json), "options", _faults);
}
