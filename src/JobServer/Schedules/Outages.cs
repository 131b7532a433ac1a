using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>Whether no server was up at a due time, and for how long that lasted.</summary>
internal static class Outages
{
    /// <summary>
    /// Null when a server was up at that time; else when the next one came up, or now. A due time at which a server was
    /// up is never missed, however late it is seen to.
    /// </summary>
    public static DateTimeOffset? EndOfOutage(
        IReadOnlyCollection<UpTime> upTimes,
        DateTimeOffset dueAt,
        DateTimeOffset now
    )
    {
        if (upTimes.Any(up => up.From <= dueAt && dueAt <= up.To))
            return null;
        var next = upTimes.Where(up => up.From > dueAt).Select(up => (DateTimeOffset?)up.From).Min();
        // What is due this very moment is missed, too, when nobody is up.
        return next < now ? next : now.AddTicks(1);
    }
}
