using Hangfire;
using JobServer.Jobs;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Schedules;

/// <summary>
/// Keeps one recurring job in Hangfire for each schedule that will be due: puts back what is missing or differs, and
/// removes the others. That of a paused schedule is removed, too: listed with another cron it would say what is not so,
/// and be there to be triggered.
/// </summary>
internal sealed class RecurringTicks(
    ScheduleStore schedules,
    HangfireSchema hangfire,
    IRecurringJobManager recurring,
    ILogger<RecurringTicks> logger
) : BackgroundService
{
    /// <summary>What the ids of these recurring jobs begin with.</summary>
    public const string Prefix = "schedule:";

    private const int PageSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Bell _bell = new();

    /// <summary>Has a change of this process seen at once.</summary>
    public void Poke() => _bell.Ring();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await MirrorAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The ticks of schedules", exception);
            }

            await _bell.WaitAsync(Interval, stoppingToken);
        }
    }

    private async Task MirrorAsync(CancellationToken cancellationToken)
    {
        var found = (await hangfire.RecurringAsync(Prefix, cancellationToken)).ToDictionary(row => row.Id);
        ScheduleKey? after = null;
        do
        {
            var page = await schedules.ListAsync(after, PageSize, cancellationToken);
            foreach (var schedule in page.Where(schedule => schedule is { Paused: false, NextDueAt: not null }))
            {
                found.Remove(ScheduleIds.RecurringIdOf(schedule.Key), out var row);
                Set(schedule, row);
            }

            after = page.Count == PageSize ? page[^1].Key : null;
        } while (after is not null);
        foreach (var id in found.Keys)
            Tell(id, () => recurring.RemoveIfExists(id));
    }

    private void Set(Schedule schedule, RecurringRow? found)
    {
        var key = schedule.Key.ToString();
        var zone = Timetable.FindZone(schedule.Definition.TimeZone) ?? TimeZoneInfo.Utc;
        if (found?.Cron == schedule.Definition.Cron && found.TimeZone == zone.Id)
            return;
        Tell(
            ScheduleIds.RecurringIdOf(schedule.Key),
            () =>
                recurring.AddOrUpdate(
                    ScheduleIds.RecurringIdOf(schedule.Key),
                    Hangfire.Common.Job.FromExpression<ScheduleTick>(tick => tick.Tick(key, CancellationToken.None)),
                    schedule.Definition.Cron,
                    new RecurringJobOptions { TimeZone = zone }
                )
        );
    }

    private void Tell(string recurringId, Action change)
    {
        try
        {
            change();
        }
        // A lock that a killed host has left behind, or a cron of a newer kind than Hangfire's own copy of the parser.
        catch (Exception exception) when (!DatabaseFaults.IsPassing(exception))
        {
            logger.TickNotSet(recurringId, exception);
        }
    }
}
