using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>What came of a change.</summary>
internal enum ScheduleChange
{
    Created,
    Replaced,
    Unknown,
    Declared,
}

/// <summary>
/// Makes, replaces, pauses and resumes schedules. What was due before a change is seen to as it was then; what would have
/// been due while a schedule was paused, or by a table it did not have yet, is not made up for.
/// </summary>
internal sealed class ScheduleChanges(
    ScheduleStore schedules,
    DueTimes dueTimes,
    RecurringTicks ticks,
    ILogger<ScheduleChanges> logger
)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Makes or replaces a schedule over HTTP; one that is declared is left alone.</summary>
    public Task<ScheduleChange> PutAsync(
        ScheduleKey key,
        ScheduleRequest request,
        CancellationToken cancellationToken
    ) => PutAsync(key, request with { Paused = request.Paused ?? false }, declared: false, cancellationToken);

    /// <summary>Makes or replaces a schedule by the configuration, which may leave open whether it is paused.</summary>
    public Task<ScheduleChange> DeclareAsync(
        ScheduleKey key,
        ScheduleRequest request,
        CancellationToken cancellationToken
    ) => PutAsync(key, request, declared: true, cancellationToken);

    /// <summary>Pauses or resumes it; no change where it is so already.</summary>
    public async Task<ScheduleChange> SetPausedAsync(ScheduleKey key, bool paused, CancellationToken cancellationToken)
    {
        await dueTimes.SeeToAsync(key, cancellationToken);
        using (var transaction = LedgerTransaction.Begin(Limit))
        {
            if (await schedules.LockAsync(key, cancellationToken) is not { } schedule)
                return ScheduleChange.Unknown;
            if (schedule.Paused == paused)
                return ScheduleChange.Replaced;
            var next = Timetable.Of(schedule.Definition).Next(schedule.ReadAt);
            await schedules.MoveAsync(key, paused, schedule.ReadAt, next, cancellationToken);
            transaction.Complete();
            logger.ScheduleChanged(key.Id, paused ? "paused" : "resumed", paused ? null : next);
        }

        ticks.Poke();
        return ScheduleChange.Replaced;
    }

    /// <summary>Removes it, unless it is declared; its jobs stay.</summary>
    public async Task<ScheduleChange> DeleteAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        using (var transaction = LedgerTransaction.Begin(Limit))
        {
            if (await schedules.LockAsync(key, cancellationToken) is not { } schedule)
                return ScheduleChange.Unknown;
            if (schedule.Declared)
                return ScheduleChange.Declared;
            await schedules.DeleteAsync(key, cancellationToken);
            transaction.Complete();
        }

        logger.ScheduleDeleted(key.Id);
        ticks.Poke();
        return ScheduleChange.Replaced;
    }

    private async Task<ScheduleChange> PutAsync(
        ScheduleKey key,
        ScheduleRequest request,
        bool declared,
        CancellationToken cancellationToken
    )
    {
        if (!declared)
            await dueTimes.SeeToAsync(key, cancellationToken);
        bool created;
        using (var transaction = LedgerTransaction.Begin(Limit))
        {
            var before = await schedules.LockAsync(key, cancellationToken);
            if (before is { Declared: true } && !declared)
                return ScheduleChange.Declared;
            var now = before?.ReadAt ?? await schedules.NowAsync(cancellationToken);
            var paused = request.Paused ?? before?.Paused ?? false;
            var goesOn = before is { Paused: false } && IsDueAlike(before.Definition, request.Definition);
            var seenUntil = goesOn ? before!.SeenUntil : now;
            var next = Timetable.Of(request.Definition).Next(seenUntil);
            created = await schedules.PutAsync(
                key,
                request.Definition,
                paused,
                declared,
                seenUntil,
                next,
                cancellationToken
            );
            transaction.Complete();
            logger.ScheduleChanged(key.Id, created ? "created" : "replaced", paused ? null : next);
        }

        ticks.Poke();
        return created ? ScheduleChange.Created : ScheduleChange.Replaced;
    }

    private static bool IsDueAlike(ScheduleDefinition one, ScheduleDefinition other) =>
        one.Cron == other.Cron
        && one.TimeZone == other.TimeZone
        && one.StartAt == other.StartAt
        && one.EndAt == other.EndAt;
}
