using JobServer.Schedules;

namespace JobServer.Tests.Schedules;

public sealed class JitterTests
{
    private static readonly DateTimeOffset Due = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    // Fixed values: another version, or another machine, must not move what is due.
    [Theory]
    [InlineData("nightly", 0, "00:00:00")]
    [InlineData("nightly", 1, "00:56:59.836617")]
    public void It_is_the_same_on_every_machine(string id, int hours, string expected) =>
        Assert.Equal(TimeSpan.Parse(expected), Jitter.Of(id, Due, TimeSpan.FromHours(hours)));

    [Fact]
    public void The_zone_a_due_time_is_told_in_makes_no_difference() =>
        Assert.Equal(
            Jitter.Of("a", Due, TimeSpan.FromHours(1)),
            Jitter.Of("a", Due.ToOffset(TimeSpan.FromHours(2)), TimeSpan.FromHours(1))
        );

    [Fact]
    public void It_spreads_schedules_and_due_times_over_all_of_its_range()
    {
        var most = TimeSpan.FromMinutes(10);
        for (var n = 0; n < 2; n++)
        {
            var one = n;
            var delays = Enumerable
                .Range(0, 1000)
                .Select(i => one == 0 ? Jitter.Of($"schedule-{i}", Due, most) : Jitter.Of("a", Due.AddDays(i), most))
                .ToList();

            Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, most - TimeSpan.FromMicroseconds(1)));
            var tenths = delays.CountBy(delay => (int)(delay / (most / 10))).ToList();
            Assert.Equal(10, tenths.Count);
            Assert.All(tenths, tenth => Assert.InRange(tenth.Value, 50, 150));
        }
    }
}
