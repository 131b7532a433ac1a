using Hangfire.PostgreSql;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;

namespace JobServer.BatchedStorage.Monitoring;

/// <summary>
/// The inherited answers to the dashboard's questions, except for what would read rows of jobs or of the queue one by one.
/// </summary>
internal sealed class BatchedMonitor : PostgreSqlMonitoringApi, IMonitoringApi
{
    private readonly Counts _counts;
    private readonly StatePages _pages;

    public BatchedMonitor(BatchedPostgreSqlStorage storage, StorageParts parts)
        : this(storage, parts, new Counts(parts.Database, parts.Schema)) { }

    private BatchedMonitor(BatchedPostgreSqlStorage storage, StorageParts parts, Counts counts)
        : base(
            storage,
            new PersistentJobQueueProviderCollection(new QueueMonitor(parts.Database, parts.Schema, counts))
        ) => (_counts, _pages) = (counts, new StatePages(parts.Database, parts.Schema));

    public new StatisticsDto GetStatistics() => _counts.Statistics();

    public new long ScheduledCount() => _counts.Jobs(ScheduledState.StateName);

    public new long FailedCount() => _counts.Jobs(FailedState.StateName);

    public new long ProcessingCount() => _counts.Jobs(ProcessingState.StateName);

    public new long SucceededListCount() => _counts.Jobs(SucceededState.StateName);

    public new long DeletedListCount() => _counts.Jobs(DeletedState.StateName);

    public new JobList<ProcessingJobDto> ProcessingJobs(int from, int count) => _pages.Processing(from, count);

    public new JobList<ScheduledJobDto> ScheduledJobs(int from, int count) => _pages.Scheduled(from, count);

    public new JobList<SucceededJobDto> SucceededJobs(int from, int count) => _pages.Succeeded(from, count);

    public new JobList<FailedJobDto> FailedJobs(int from, int count) => _pages.Failed(from, count);

    public new JobList<DeletedJobDto> DeletedJobs(int from, int count) => _pages.Deleted(from, count);
}
