using JobServer.Jobs;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Schedules;

/// <summary>
/// Sees to due times that no tick has seen to: a host that was killed may hold the lock of Hangfire's recurring jobs, or
/// the tick it had fetched, for up to a minute. Runs on every host.
/// </summary>
internal sealed class ScheduleWatch(
    ScheduleStore schedules,
    DueTimes dueTimes,
    ServerBeat beat,
    TimeProvider time,
    ILogger<ScheduleWatch> logger
) : BackgroundService
{
    private const int MostAtOnce = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                if (beat.IsNeeded)
                {
                    foreach (var key in await schedules.FindLateAsync(Late, MostAtOnce, stoppingToken))
                        await SeeToAsync(key, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The watch over schedules", exception);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SeeToAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        try
        {
            logger.ScheduleLate(key.Id);
            await dueTimes.SeeToAsync(key, cancellationToken);
        }
        // One that cannot be seen to must not keep the others from their jobs.
        catch (Exception exception)
            when (exception is not OperationCanceledException && !DatabaseFaults.IsPassing(exception))
        {
            logger.ScheduleFailed(key.Id, exception);
        }
    }
}
