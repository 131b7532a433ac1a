using JobServer.Jobs;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Schedules;

/// <summary>
/// Keeps on record that this server is up, from before it does anything about schedules: four times a second while there are
/// any.
/// </summary>
internal sealed class ServerBeat(ServerStore servers, TimeProvider time, ILogger<ServerBeat> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenPrunes = TimeSpan.FromMinutes(10);

    private readonly Guid _id = Guid.CreateVersion7(time.GetUtcNow());
    private readonly string _name = $"{Environment.MachineName}:{Environment.ProcessId}";
    private DateTimeOffset? _startedAt;

    /// <summary>There are schedules, as far as is known.</summary>
    public bool IsNeeded { get; private set; } = true;

    /// <summary>
    /// Says that this server is up now. It was so without a break since it started, also where the record lags behind.
    /// </summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var beat = await servers.RenewAsync(_id, _name, _startedAt, cancellationToken);
        (_startedAt, IsNeeded) = (beat.StartedAt, beat.IsNeeded);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? pruned = null;
        while (true)
        {
            try
            {
                await RenewAsync(stoppingToken);
                if (pruned is null || time.GetElapsedTime(pruned.Value) >= BetweenPrunes)
                {
                    await servers.PruneAsync(stoppingToken);
                    pruned = time.GetTimestamp();
                }
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The record of servers that are up", exception);
            }

            await Task.Delay(IsNeeded ? Interval : IdleInterval, time, stoppingToken);
        }
    }
}
