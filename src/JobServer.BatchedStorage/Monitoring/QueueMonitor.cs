using Hangfire.PostgreSql;
using Npgsql;

namespace JobServer.BatchedStorage.Monitoring;

/// <summary>What the dashboard asks about queues: counts from counters, and pages by the indexes of waiting and held rows.</summary>
internal sealed class QueueMonitor(NpgsqlDataSource database, string schema, Counts counts)
    : IPersistentJobQueueProvider,
        IPersistentJobQueueMonitoringApi
{
    private readonly string _waiting = Page(schema, "is null");
    private readonly string _fetched = Page(schema, "is not null");

    public IPersistentJobQueueMonitoringApi GetJobQueueMonitoringApi() => this;

    /// <summary>Jobs are fetched and enqueued by the storage's own connections.</summary>
    public IPersistentJobQueue GetJobQueue() => throw new NotSupportedException();

    public IEnumerable<string> GetQueues() => counts.Queues();

    public IEnumerable<long> GetEnqueuedJobIds(string queue, int from, int perPage) =>
        Read(_waiting, queue, from, perPage);

    public IEnumerable<long> GetFetchedJobIds(string queue, int from, int perPage) =>
        Read(_fetched, queue, from, perPage);

    public EnqueuedAndFetchedCountDto GetEnqueuedAndFetchedCount(string queue)
    {
        var (waiting, fetched) = counts.Queue(queue);
        return new EnqueuedAndFetchedCountDto { EnqueuedCount = waiting, FetchedCount = fetched };
    }

    private List<long> Read(string sql, string queue, int from, int count)
    {
        using var command = database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = queue });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        using var row = command.ExecuteReader();
        var ids = new List<long>();
        while (row.Read())
            ids.Add(row.GetInt64(0));
        return ids;
    }

    /// <summary>Each job once, however often it is queued, and none that is gone.</summary>
    private static string Page(string schema, string fetchedAt) =>
        $"""
            select distinct q.jobid from {schema}.jobqueue q
            where q.queue = $1 and q.fetchedat {fetchedAt} and exists (select from {schema}.job j where j.id = q.jobid)
            order by q.jobid offset $2 limit $3
            """;
}
