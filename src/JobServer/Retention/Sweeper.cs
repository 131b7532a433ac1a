using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JobServer.Retention;

/// <summary>
/// Erases what is older than it has to be kept, in steps so small and so far apart that running work does not notice. Any
/// number of hosts may run it.
/// </summary>
internal sealed class Sweeper(
    ErasureStore erasures,
    JobStore jobs,
    FileStore files,
    HangfireSchema hangfire,
    AuditStore audit,
    JobKinds kinds,
    IOptions<RetentionOptions> options,
    TimeProvider time,
    ILogger<Sweeper> logger
) : BackgroundService
{
    private const int FoundAtOnce = 100;
    private const int StepRows = 5000;

    // At most a fifth of the time one connection is busy with it.
    private const int RestFactor = 4;
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(20);

    private readonly JobRetention[] _rules = [.. kinds.All.SelectMany(kind => options.Value.RulesOf(kind.Name))];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("Retention", exception);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var erasedJobs = 0;
        var erasedFiles = 0;
        var ages = options.Value;
        // Each is repeated until it finds nothing: what was found first may not be erasable yet.
        while (await StepAsync(token => EraseJobsAsync(token), cancellationToken) is > 0 and var count)
            erasedJobs += count;
        while (await StepAsync(token => EraseFilesAsync(token), cancellationToken) is > 0 and var count)
            erasedFiles += count;
        while (await StepAsync(token => erasures.StepAsync(StepRows, token), cancellationToken)) { }
        while (
            await StepAsync(
                token => hangfire.DeleteFailedAsync(ages.HangfireJobs, FoundAtOnce, token),
                cancellationToken
            ) is FoundAtOnce
        ) { }
        while (await StepAsync(token => audit.EraseAsync(ages.Audit, StepRows, token), cancellationToken) is StepRows)
        { }
        if (erasedJobs + erasedFiles > 0)
            logger.Swept(erasedJobs, erasedFiles);
    }

    private async Task<int> EraseJobsAsync(CancellationToken cancellationToken)
    {
        var erased = 0;
        foreach (var job in await erasures.FindJobsAsync(_rules, FoundAtOnce, cancellationToken))
            erased += await jobs.DeleteAsync(job, cancellationToken) ? 1 : 0;
        return erased;
    }

    private async Task<int> EraseFilesAsync(CancellationToken cancellationToken)
    {
        var erased = 0;
        foreach (var (tenant, id) in await erasures.FindFilesAsync(options.Value.Files, FoundAtOnce, cancellationToken))
            erased += await files.DeleteAsync(tenant, id, cancellationToken) == FileDeletion.Deleted ? 1 : 0;
        return erased;
    }

    /// <summary>Takes a step, and rests in proportion to what it took.</summary>
    private async Task<T> StepAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var result = await step(cancellationToken);
        var rest = time.GetElapsedTime(begun) * RestFactor;
        await Task.Delay(rest > ShortestRest ? rest : ShortestRest, time, cancellationToken);
        return result;
    }
}
