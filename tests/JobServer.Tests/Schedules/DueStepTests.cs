using JobServer.Ledger;
using JobServer.Schedules;

namespace JobServer.Tests.Schedules;

/// <summary>A cron of every second; times are seconds since midnight.</summary>
public sealed class DueStepTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Nothing_is_due_before_its_time() => Assert.Null(Find(MisfirePolicy.RunOnce, seen: 10, now: 10.9));

    [Theory]
    [InlineData(MisfirePolicy.Skip)]
    [InlineData(MisfirePolicy.RunOnce)]
    [InlineData(MisfirePolicy.RunAll)]
    public void A_due_time_that_passed_while_a_server_was_up_gets_its_job_however_late(string misfire)
    {
        // One after the other, the second overlapping the third.
        var all = RunAll(misfire, limit: 1, seen: 0, now: 5000, (1, 50), (51, 80), (75, 5000));

        Assert.Equal(Seconds(1, 5000), all.Run);
        Assert.Empty(all.Missed);
    }

    [Fact]
    public void Skip_writes_off_each_outage_whole()
    {
        var all = RunAll(MisfirePolicy.Skip, limit: 100, seen: 0, now: 130, (0, 10), (111, 130));

        Assert.Equal(Seconds(11, 110), all.Missed);
        Assert.Equal([.. Seconds(1, 10), .. Seconds(111, 130)], all.Run);
    }

    [Fact]
    public void RunOnce_runs_the_newest_of_each_outage()
    {
        var all = RunAll(MisfirePolicy.RunOnce, limit: 100, seen: 0, now: 70, (21, 30), (61, 70));

        Assert.Equal([.. Seconds(1, 19), .. Seconds(31, 59)], all.Missed);
        Assert.Equal([.. Seconds(20, 30), .. Seconds(60, 70)], all.Run);
    }

    [Fact]
    public void RunAll_runs_the_newest_up_to_the_limit()
    {
        var all = RunAll(MisfirePolicy.RunAll, limit: 30, seen: 0, now: 105, (101, 105));

        Assert.Equal(Seconds(1, 70), all.Missed);
        Assert.Equal(Seconds(71, 105), all.Run);
    }

    [Fact]
    public void RunAll_runs_all_where_the_limit_is_not_reached() =>
        Assert.Equal(Seconds(1, 33), RunAll(MisfirePolicy.RunAll, limit: 30, seen: 0, now: 33, (31, 33)).Run);

    [Fact]
    public void Without_any_server_even_what_is_due_this_moment_is_missed() =>
        Assert.Equal(Seconds(1, 5), RunAll(MisfirePolicy.Skip, limit: 1, seen: 0, now: 5).Missed);

    [Fact]
    public void What_was_due_a_moment_ago_is_not_called_missed_while_a_server_may_only_be_late_to_say_that_it_was_up()
    {
        (double, double)[] up = [(0, 10.3), (12.4, 13)];

        Assert.Null(Find(MisfirePolicy.Skip, seen: 10, now: 12.9, up: up));
        Assert.Equal([11, 12], Find(MisfirePolicy.Skip, seen: 10, now: 13, up: up)!.Missed.Select(Second));
    }

    [Fact]
    public void A_year_without_a_server_is_one_step_that_looks_at_no_more_than_is_kept()
    {
        var year = 365 * 86_400;

        var step = Find(MisfirePolicy.RunAll, seen: 0, now: year, limit: 50);

        Assert.Equal(Seconds(year - 1049, year - 50), step!.Missed.Select(Second));
    }

    private static (List<int> Run, List<int> Missed) RunAll(
        string misfire,
        int limit,
        double seen,
        double now,
        params (double From, double To)[] up
    )
    {
        var (run, missed) = (new List<int>(), new List<int>());
        while (Find(misfire, seen, now, limit, up) is { } step)
        {
            if (step.Run is { } due)
                run.Add(Second(due));
            missed.AddRange(step.Missed.Select(Second));
            seen = Second(step.SeenUntil);
        }

        return (run, missed);
    }

    private static DueStep? Find(
        string misfire,
        double seen,
        double now,
        int limit = 100,
        params (double From, double To)[] up
    )
    {
        var definition = new ScheduleDefinition(
            "@every_second",
            "UTC",
            "fetch",
            [],
            misfire,
            limit,
            OverlapPolicy.Allow,
            TimeSpan.Zero,
            null,
            null
        );
        return DueStep.Find(
            Timetable.Of(definition),
            definition,
            At(seen),
            At(now),
            [.. up.Select(time => new UpTime(At(time.From), At(time.To)))]
        );
    }

    private static DateTimeOffset At(double second) => Midnight.AddSeconds(second);

    private static int Second(DateTimeOffset time) => (int)(time - Midnight).TotalSeconds;

    private static IEnumerable<int> Seconds(int first, int last) => Enumerable.Range(first, last - first + 1);
}
