using JobServer.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace JobServer.Tests.Hosting;

public sealed class LineFormatterTests
{
    [Fact]
    public void Event_is_a_line_of_its_time_level_category_and_message() =>
        Assert.Matches(
            @"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: JobServer\.Jobs: all is well\n\z",
            Write("all is well", null)
        );

    [Theory]
    [InlineData("\u001b[2J", @"\u001b[2J")]
    [InlineData("a\r\nb", @"a\u000d\u000ab")]
    [InlineData("\0\a\b\t\v\f", @"\u0000\u0007\u0008\u0009\u000b\u000c")]
    [InlineData("\u007f\u0080\u009b\u009f", @"\u007f\u0080\u009b\u009f")]
    [InlineData("\u2028\u2029", @"\u2028\u2029")]
    [InlineData("\u202a\u202e\u2066\u2069\u200e\u200f", @"\u202a\u202e\u2066\u2069\u200e\u200f")]
    [InlineData("\u200b\ufeff", @"\u200b\ufeff")]
    [InlineData("ä 漢字 🙂 é", "ä 漢字 🙂 é")]
    public void What_a_terminal_would_obey_is_escaped_in_messages_and_exceptions(string hostile, string shown)
    {
        Assert.EndsWith($": {shown}\n", Write(hostile, null));
        if (!hostile.Contains('\n'))
            Assert.EndsWith($": failed\n      System.InvalidOperationException: {shown}\n", Write("failed", hostile));
    }

    [Fact]
    public void Line_of_an_exception_cannot_be_taken_for_an_event()
    {
        var written = Write("failed", "one\n2026-01-01T00:00:00.000Z crit: forged");

        Assert.Single(written.TrimEnd('\n').Split('\n'), line => !line.StartsWith(' '));
        Assert.Contains("\n      2026-01-01T00:00:00.000Z crit: forged\n", written);
    }

    private static string Write(string message, string? error)
    {
        using var writer = new StringWriter();
        var exception = error is null ? null : new InvalidOperationException(error);
        var entry = new LogEntry<string>(LogLevel.Warning, "JobServer.Jobs", 1, message, exception, (text, _) => text);
        new LineFormatter(TimeProvider.System).Write(entry, null, writer);
        return writer.ToString();
    }
}
