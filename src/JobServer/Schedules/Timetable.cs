using Cronos;
using JobServer.Ledger;
using TimeZoneConverter;

namespace JobServer.Schedules;

/// <summary>
/// When a schedule is due: a cron expression in the local time of a zone, within bounds. Where a clock is put forward, a
/// time that does not exist is due at the first one after it; where it is put back, a time that exists twice is due once,
/// the first time. Expressions of intervals (<c>*/30</c>, <c>*</c>, ranges of hours or minutes) go by elapsed time: both
/// hours count.
/// </summary>
internal sealed class Timetable
{
    private readonly CronExpression _cron;
    private readonly DateTimeOffset? _startAt;
    private readonly DateTimeOffset? _endAt;

    public Timetable(CronExpression cron, TimeZoneInfo zone, DateTimeOffset? startAt, DateTimeOffset? endAt)
    {
        _cron = cron;
        Zone = zone;
        _startAt = startAt;
        _endAt = endAt;
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>Of a definition that was checked.</summary>
    public static Timetable Of(ScheduleDefinition definition) =>
        new(ParseCron(definition.Cron), FindZone(definition.TimeZone)!, definition.StartAt, definition.EndAt);

    /// <summary>Five fields, six with seconds first, or a macro; throws a CronFormatException when it is none.</summary>
    public static CronExpression ParseCron(string text) =>
        CronExpression.Parse(
            text,
            text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries).Length == 6
                ? CronFormat.IncludeSeconds
                : CronFormat.Standard
        );

    /// <summary>The zone of this id of IANA's or of Windows; null when there is none.</summary>
    public static TimeZoneInfo? FindZone(string id) =>
        // Without ICU the framework itself knows no ids of Windows.
        TZConvert.TryGetTimeZoneInfo(id, out var zone)
            ? zone
            : null;

    /// <summary>The first due time after this one; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var startsLater = _startAt > after;
        var next = _cron.GetNextOccurrence(startsLater ? _startAt!.Value : after, Zone, inclusive: startsLater);
        return next is null || next > _endAt ? null : next.Value.ToUniversalTime();
    }

    /// <summary>The first due times after this one, at most so many.</summary>
    public IEnumerable<DateTimeOffset> Following(DateTimeOffset after, int count)
    {
        var next = Next(after);
        for (var n = 0; n < count && next is not null; n++)
        {
            yield return next.Value;
            next = Next(next.Value);
        }
    }

    /// <summary>The newest due times from the first on and before the second, at most so many, oldest first.</summary>
    public List<DateTimeOffset> Newest(DateTimeOffset from, DateTimeOffset before, int count)
    {
        var start = _startAt > from ? _startAt.Value : from;
        var beyondEnd = _endAt < before;
        var end = beyondEnd ? _endAt!.Value : before;
        if (end < start)
            return [];
        var newest = _cron
            .GetOccurrencesDescending(end, start, Zone, fromInclusive: beyondEnd, toInclusive: true)
            .Take(count)
            .Select(due => due.ToUniversalTime())
            .ToList();
        newest.Reverse();
        return newest;
    }
}
