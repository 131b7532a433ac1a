using Hangfire.PostgreSql;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;

namespace JobServer.BatchedStorage.Monitoring;

/// <summary>
/// The inherited answers to the dashboard's questions, except for what would count rows of jobs or of the queue one by one.
/// </summary>
internal sealed class BatchedMonitor : PostgreSqlMonitoringApi, IMonitoringApi
{
    private readonly Counts _counts;

    public BatchedMonitor(BatchedPostgreSqlStorage storage, StorageParts parts)
        : this(storage, parts, new Counts(parts.Database, parts.Schema)) { }

    private BatchedMonitor(BatchedPostgreSqlStorage storage, StorageParts parts, Counts counts)
        : base(
            storage,
            new PersistentJobQueueProviderCollection(new QueueMonitor(parts.Database, parts.Schema, counts))
        ) => _counts = counts;

    public new StatisticsDto GetStatistics() => _counts.Statistics();

    public new long ScheduledCount() => _counts.Jobs(ScheduledState.StateName);

    public new long FailedCount() => _counts.Jobs(FailedState.StateName);

    public new long ProcessingCount() => _counts.Jobs(ProcessingState.StateName);

    public new long SucceededListCount() => _counts.Jobs(SucceededState.StateName);

    public new long DeletedListCount() => _counts.Jobs(DeletedState.StateName);
}
