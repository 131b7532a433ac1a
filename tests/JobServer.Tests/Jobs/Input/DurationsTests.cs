using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("00:00:10", "00:00:10")]
    [InlineData("23:59:59.9999999", "23:59:59.9999999")]
    [InlineData("00:00:00.5", "00:00:00.5000000")]
    [InlineData("1.02:03:04", "1.02:03:04")]
    [InlineData("0.00:00:01", "00:00:01")]
    [InlineData("10675199.02:48:05.4775807", "10675199.02:48:05.4775807")]
    [InlineData("PT10S", "00:00:10")]
    [InlineData("PT0.5S", "00:00:00.5000000")]
    [InlineData("PT0,5S", "00:00:00.5000000")]
    [InlineData("PT1.5H", "01:30:00")]
    [InlineData("PT90M", "01:30:00")]
    [InlineData("P1DT2H", "1.02:00:00")]
    [InlineData("P1DT2H3M4.0000005S", "1.02:03:04.0000005")]
    [InlineData("P2W", "14.00:00:00")]
    [InlineData("P1W1D", "8.00:00:00")]
    [InlineData("P0.5D", "12:00:00")]
    [InlineData("PT0S", "00:00:00")]
    [InlineData("PT00000000000000000000000000000001S", "00:00:01")]
    public void A_duration_is_read(string text, string constant)
    {
        Assert.True(Durations.TryParse(text, out var value));
        Assert.Equal(constant, Durations.Format(value));
    }

    [Theory]
    [InlineData("10", "bare number")]
    [InlineData("1.5", "bare number")]
    [InlineData("1e3", "bare number")]
    [InlineData("-00:00:10", "negative")]
    [InlineData("-PT10S", "negative")]
    [InlineData("-5", "negative")]
    [InlineData("P1Y", "years or months")]
    [InlineData("P1M", "years or months")]
    [InlineData("P1Y2M3DT4H", "years or months")]
    [InlineData("24:00:00", "hours above 23")]
    [InlineData("00:60:00", "minutes or seconds above 59")]
    [InlineData("00:00:60", "minutes or seconds above 59")]
    [InlineData("10675199.02:48:05.4775808", "longer than any")]
    [InlineData("99999999999999999999999999999999999999999.00:00:00", "longer than any")]
    [InlineData("PT99999999999999999999999999999999999999999999999S", "longer than any")]
    [InlineData("P99999999999999999999999999999999999999999999999W", "longer than any")]
    [InlineData("", "not a duration")]
    [InlineData(" ", "not a duration")]
    [InlineData("soon", "not a duration")]
    [InlineData("00:10", "not a duration")]
    [InlineData("0:00:10", "not a duration")]
    [InlineData("00:0:10", "not a duration")]
    [InlineData("000:00:10", "not a duration")]
    [InlineData("00:00:10 ", "not a duration")]
    [InlineData(" 00:00:10", "not a duration")]
    [InlineData("00:00:10.", "not a duration")]
    [InlineData("00:00:10.12345678", "not a duration")]
    [InlineData(".00:00:10", "not a duration")]
    [InlineData("1:00:00:10", "not a duration")]
    [InlineData("1.1.00:00:10", "not a duration")]
    [InlineData("٠٠:٠٠:١٠", "not a duration")]
    [InlineData("P", "not a duration")]
    [InlineData("PT", "not a duration")]
    [InlineData("P1DT", "not a duration")]
    [InlineData("PT1D", "not a duration")]
    [InlineData("P1H", "not a duration")]
    [InlineData("P1S", "not a duration")]
    [InlineData("PTS", "not a duration")]
    [InlineData("PT10", "not a duration")]
    [InlineData("PT1M1H", "not a duration")]
    [InlineData("PT1H1H", "not a duration")]
    [InlineData("PT1TT1S", "not a duration")]
    [InlineData("PT1.5H1M", "not a duration")]
    [InlineData("PT.5S", "not a duration")]
    [InlineData("PT5.S", "not a duration")]
    [InlineData("PT1.2.3S", "not a duration")]
    [InlineData("PT-1S", "not a duration")]
    [InlineData("pt10s", "not a duration")]
    public void Anything_else_is_refused_with_its_reason(string text, string reason)
    {
        Assert.False(Durations.TryParse(text, out var value));
        Assert.Equal(TimeSpan.Zero, value);
        Assert.Contains(reason, Durations.Refusal(text, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_formatted_is_read_back()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 10_000; round++)
        {
            var value = TimeSpan.FromTicks(random.NextInt64(long.MaxValue) >> random.Next(63));
            Assert.True(
                Durations.TryParse(Durations.Format(value), out var read) && read == value,
                $"seed {seed}: {value}"
            );
        }
    }

    [Fact]
    public void Random_text_is_read_or_refused_and_never_throws()
    {
        const string Letters = "PTWDHMSY0123456789.:,- ";
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 100_000; round++)
        {
            var text = new string(random.GetItems<char>(Letters, random.Next(1, 12)));
            Assert.Equal(Durations.TryParse(text, out _), Durations.Refusal(text, out _) is null);
        }
    }
}
