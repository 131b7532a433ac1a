using JobServer.Jobs;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Schedules;

/// <summary>Keeps on record that this server is up, every second, from before it does anything about schedules.</summary>
internal sealed class ServerBeat(ServerStore servers, TimeProvider time, ILogger<ServerBeat> logger) : BackgroundService
{
    private const int BeatsBetweenPrunes = 600;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Guid _id = Guid.CreateVersion7(time.GetUtcNow());
    private readonly string _name = $"{Environment.MachineName}:{Environment.ProcessId}";
    private DateTimeOffset? _startedAt;

    /// <summary>
    /// Says that this server is up now. It was so without a break since it started, also where the record lags behind.
    /// </summary>
    public async Task RenewAsync(CancellationToken cancellationToken) =>
        _startedAt = await servers.RenewAsync(_id, _name, _startedAt, cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        for (var beat = 0; ; beat++)
        {
            try
            {
                await RenewAsync(stoppingToken);
                if (beat % BeatsBetweenPrunes == 0)
                    await servers.PruneAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The record of servers that are up", exception);
            }

            if (!await timer.WaitForNextTickAsync(stoppingToken))
                return;
        }
    }
}
