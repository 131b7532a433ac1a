using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>
/// What is to be done next about the due times of a schedule that have passed: one of them gets its job, or those that an
/// outage leaves without one are written off.
/// </summary>
/// <param name="Run">The due time that gets its job.</param>
/// <param name="Missed">Those that are written off; of a long outage the newest.</param>
internal sealed record DueStep(DateTimeOffset? Run, IReadOnlyList<DateTimeOffset> Missed)
{
    /// <summary>The newest due time that this sees to.</summary>
    public DateTimeOffset SeenUntil => Run ?? Missed[^1];

    /// <summary>The next step, or null when nothing is due.</summary>
    /// <remarks>
    /// The policy is applied to each outage by itself, however many are behind: what comes of one does not depend on when
    /// it is looked at. What it leaves to run is found again by the next step, as all that the outage holds.
    /// </remarks>
    public static DueStep? Find(
        Timetable timetable,
        ScheduleDefinition definition,
        DateTimeOffset seenUntil,
        DateTimeOffset now,
        IReadOnlyCollection<UpTime> upTimes
    )
    {
        if (timetable.Next(seenUntil) is not { } due || due > now)
            return null;
        if (Outages.EndOfOutage(upTimes, due, now) is not { } end)
            return new DueStep(due, []);
        var keeps = definition.Misfire switch
        {
            MisfirePolicy.Skip => 0,
            MisfirePolicy.RunOnce => 1,
            _ => definition.MisfireLimit,
        };
        // More rows than are kept need not be written; the older due times leave none.
        var newest = timetable.Newest(due, end, keeps + ScheduleRunStore.Kept);
        return newest.Count <= keeps ? new DueStep(due, []) : new DueStep(null, newest[..^keeps]);
    }
}
