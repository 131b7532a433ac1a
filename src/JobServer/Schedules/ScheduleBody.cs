using System.Text.Json;

namespace JobServer.Schedules;

/// <summary>A schedule as clients send it, and as the API's description shows it; see <see cref="ScheduleReader"/>.</summary>
/// <param name="Cron">Five fields, six with seconds first, or a macro like @daily or @every_second.</param>
/// <param name="Kind">The kind of its jobs.</param>
/// <param name="Args">The body of a submission of that kind, at most 1 MiB; without startAt, deadline and after.</param>
/// <param name="TimeZone">An id of IANA's or of Windows. Default UTC.</param>
/// <param name="Misfire">
/// What is done about due times at which no server was up: skip, runOnce (the newest of each outage; the default) or
/// runAll (the newest of each outage, up to misfireLimit).
/// </param>
/// <param name="MisfireLimit">1 to 1000. Default 100.</param>
/// <param name="Overlap">
/// While an earlier job has not ended: allow (the default), skip, or queue (at most 100 jobs wait in line).
/// </param>
/// <param name="Jitter">
/// Each job starts later by less than this, by how much depends on schedule and due time alone. Up to 1 h. Default 0.
/// </param>
/// <param name="StartAt">No due time lies before it.</param>
/// <param name="EndAt">No due time lies after it.</param>
/// <param name="Paused">Nothing is due while it is. Default false.</param>
internal sealed record ScheduleBody(
    string Cron,
    string Kind,
    JsonElement Args,
    string TimeZone = "UTC",
    string Misfire = "runOnce",
    int MisfireLimit = 100,
    string Overlap = "allow",
    TimeSpan? Jitter = null,
    DateTimeOffset? StartAt = null,
    DateTimeOffset? EndAt = null,
    bool Paused = false
);
