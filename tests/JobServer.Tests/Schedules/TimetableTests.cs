using System.Globalization;
using Cronos;
using JobServer.Schedules;

namespace JobServer.Tests.Schedules;

public sealed class TimetableTests
{
    [Theory]
    // The clock goes from 02:00 to 03:00: what does not exist is due at the first moment that does.
    [InlineData("30 2 * * *", "2026-03-28T12:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z")]
    // It goes from 03:00 back to 02:00: what exists twice is due once, the first time.
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z")]
    [InlineData("0 3 * * *", "2026-10-24T12:00Z", "2026-10-25T02:00Z 2026-10-26T02:00Z")]
    // Intervals go by elapsed time: the hour that is lost is not made up for, the one that comes twice counts twice.
    [InlineData("*/30 * * * *", "2026-03-29T00:00Z", "2026-03-29T00:30Z 2026-03-29T01:00Z 2026-03-29T01:30Z")]
    [InlineData(
        "*/30 * * * *",
        "2026-10-24T23:59Z",
        "2026-10-25T00:00Z 2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-25T02:00Z"
    )]
    public void Clocks_that_are_put_on_and_back_follow_the_rule(string cron, string after, string due)
    {
        var expected = due.Split(' ').Select(Time).ToList();
        var timetable = Berlin(cron);

        Assert.Equal(expected, timetable.Following(Time(after), expected.Count));
        // And looked at from the other end.
        Assert.Equal(expected, timetable.Newest(Time(after).AddTicks(1), expected[^1].AddTicks(1), 100));
    }

    [Fact]
    public void Looked_at_from_either_end_a_year_has_the_same_due_times()
    {
        foreach (var cron in new[] { "30 2 * * *", "*/30 * * * *", "0 */4 * * 1-5", "15 10 L * *", "0 0 12 1/5 * *" })
        {
            var timetable = Berlin(cron);
            var (from, to) = (Time("2026-01-01T00:00Z"), Time("2027-01-01T00:00Z"));

            var forward = timetable.Following(from.AddTicks(-1), 100_000).TakeWhile(due => due < to).ToList();

            Assert.NotEmpty(forward);
            Assert.Equal(forward, timetable.Newest(from, to, 100_000));
            Assert.Equal(forward[^10..], timetable.Newest(from, to, 10));
        }
    }

    [Fact]
    public void No_due_time_lies_before_the_start_or_after_the_end_and_both_count()
    {
        var (start, end) = (Time("2026-01-01T00:00Z"), Time("2026-01-01T02:00Z"));
        var timetable = new Timetable(Timetable.ParseCron("@hourly"), TimeZoneInfo.Utc, start, end);
        DateTimeOffset[] expected = [start, start.AddHours(1), end];

        Assert.Equal(expected, timetable.Following(start.AddDays(-7), 10));
        Assert.Equal(expected, timetable.Newest(start.AddDays(-7), end.AddDays(7), 10));
        Assert.Null(timetable.Next(end));
    }

    [Theory]
    [InlineData("* * * * *", "2026-01-01T00:01:00Z")]
    [InlineData("*/20 * * * * *", "2026-01-01T00:00:20Z")]
    [InlineData("  0  12 * *  MON ", "2026-01-05T12:00:00Z")]
    [InlineData("@daily", "2026-01-02T00:00:00Z")]
    [InlineData("@every_second", "2026-01-01T00:00:01Z")]
    [InlineData("@every_minute", "2026-01-01T00:01:00Z")]
    public void Five_fields_six_fields_and_macros_are_read(string cron, string next) =>
        Assert.Equal(
            Time(next),
            new Timetable(Timetable.ParseCron(cron), TimeZoneInfo.Utc, null, null).Next(Time("2026-01-01T00:00Z"))
        );

    [Theory]
    [InlineData("* * * *")]
    [InlineData("* * * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("@noon")]
    [InlineData("daily")]
    public void Anything_else_is_not(string cron) =>
        Assert.Throws<CronFormatException>(() => Timetable.ParseCron(cron));

    [Theory]
    [InlineData("Europe/Berlin", 60)]
    [InlineData("W. Europe Standard Time", 60)]
    [InlineData("UTC", 0)]
    [InlineData("Etc/UTC", 0)]
    public void Zones_are_known_by_the_ids_of_IANA_and_of_Windows(string id, int minutes) =>
        Assert.Equal(minutes, Timetable.FindZone(id)!.GetUtcOffset(Time("2026-01-01T00:00Z")).TotalMinutes);

    [Theory]
    [InlineData("Europe/Atlantis")]
    [InlineData("+01:00")]
    [InlineData("../../etc/passwd")]
    public void Other_zones_are_not_known(string id) => Assert.Null(Timetable.FindZone(id));

    private static Timetable Berlin(string cron) =>
        new(Timetable.ParseCron(cron), Timetable.FindZone("Europe/Berlin")!, null, null);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
