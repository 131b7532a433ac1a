using Hangfire.States;
using Hangfire.Storage.Monitoring;
using Npgsql;

namespace JobServer.BatchedStorage.Monitoring;

/// <summary>
/// How many there are of what, from the counters that the commits keep: exact, and as fast with millions of jobs as with
/// none. Each answer is one statement, and so of one moment.
/// </summary>
internal sealed class Counts(NpgsqlDataSource database, string schema)
{
    private const string State = "count:state:";
    private const string Succeeded = "stats:succeeded";
    private const string Deleted = "stats:deleted";

    private readonly string _jobs = $"select {Sum(schema, "key = $1")}";

    private readonly string _queues = $"""
        select {QueueName} from ({Rows(schema, IsQueue)}) c group by key having sum(value) > 0 order by 1
        """;

    // Rows of the queue that a worker holds are few, whatever waits.
    private readonly string _queue = $"""
        select {Sum(schema, "key = 'count:queue:' || $1")},
            (select count(*) from {schema}.jobqueue where queue = $1 and fetchedat is not null)
        """;

    private readonly string _statistics = $"""
        select
            {Sum(schema, $"key = '{State}{EnqueuedState.StateName}'")},
            {Sum(schema, $"key = '{State}{FailedState.StateName}'")},
            {Sum(schema, $"key = '{State}{ProcessingState.StateName}'")},
            {Sum(schema, $"key = '{State}{ScheduledState.StateName}'")},
            {Sum(schema, $"key = '{Succeeded}'")},
            {Sum(schema, $"key = '{Deleted}'")},
            (select count(*) from (select from ({Rows(schema, IsQueue)}) c group by key having sum(value) > 0) q),
            (select count(*) from {schema}.server),
            (select count(*) from {schema}.set where key = 'recurring-jobs')
        """;

    private const string IsQueue = "starts_with(key, 'count:queue:')";
    private const string QueueName = "substr(key, length('count:queue:') + 1)";

    /// <summary>Jobs whose state has this name.</summary>
    public long Jobs(string state)
    {
        using var command = database.CreateCommand(_jobs);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = State + state });
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Queues that hold anything, by name.</summary>
    public List<string> Queues()
    {
        using var command = database.CreateCommand(_queues);
        using var row = command.ExecuteReader();
        var queues = new List<string>();
        while (row.Read())
            queues.Add(row.GetString(0));
        return queues;
    }

    /// <summary>What waits in a queue, and what of it a worker has fetched.</summary>
    public (long Waiting, long Fetched) Queue(string queue)
    {
        using var command = database.CreateCommand(_queue);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = queue });
        using var row = command.ExecuteReader();
        row.Read();
        return (row.GetInt64(0) - row.GetInt64(1), row.GetInt64(1));
    }

    public StatisticsDto Statistics()
    {
        using var command = database.CreateCommand(_statistics);
        using var row = command.ExecuteReader();
        row.Read();
        return new StatisticsDto
        {
            Enqueued = row.GetInt64(0),
            Failed = row.GetInt64(1),
            Processing = row.GetInt64(2),
            Scheduled = row.GetInt64(3),
            Succeeded = row.GetInt64(4),
            Deleted = row.GetInt64(5),
            Queues = row.GetInt64(6),
            Servers = row.GetInt64(7),
            Recurring = row.GetInt64(8),
        };
    }

    /// <summary>Rows of a counter are in two tables: those of the commits, and what they were summed up to.</summary>
    private static string Rows(string schema, string filter) =>
        $"""
            select key, value from {schema}.counter where {filter}
            union all
            select key, value from {schema}.aggregatedcounter where {filter}
            """;

    private static string Sum(string schema, string filter) =>
        $"(select coalesce(sum(value), 0)::bigint from ({Rows(schema, filter)}) c)";
}
