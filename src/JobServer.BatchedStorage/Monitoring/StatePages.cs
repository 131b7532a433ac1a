using System.Globalization;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using Npgsql;

namespace JobServer.BatchedStorage.Monitoring;

/// <summary>Pages of the jobs in one state, newest first.</summary>
internal sealed class StatePages(NpgsqlDataSource database, string schema)
{
    // By pairs, since with one state and an order by id alone the planner walks back over all jobs there are.
    private readonly string _sql = $"""
        select j.id, j.invocationdata, j.arguments, s.reason, s.data
        from {schema}.job j left join {schema}.state s on s.id = j.stateid
        where (j.statename, j.id) >= ($1, 0) and (j.statename, j.id) <= ($1, {long.MaxValue})
        order by j.statename desc, j.id desc offset $2 limit $3
        """;

    public JobList<ProcessingJobDto> Processing(int from, int count) =>
        Read(
            ProcessingState.StateName,
            from,
            count,
            (job, state) =>
                new ProcessingJobDto
                {
                    Job = job,
                    ServerId = state.Text("ServerId") ?? state.Text("ServerName"),
                    StartedAt = state.Time("StartedAt"),
                }
        );

    public JobList<ScheduledJobDto> Scheduled(int from, int count) =>
        Read(
            ScheduledState.StateName,
            from,
            count,
            (job, state) =>
                new ScheduledJobDto
                {
                    Job = job,
                    EnqueueAt = state.Time("EnqueueAt") ?? default,
                    ScheduledAt = state.Time("ScheduledAt"),
                }
        );

    public JobList<SucceededJobDto> Succeeded(int from, int count) =>
        Read(
            SucceededState.StateName,
            from,
            count,
            (job, state) =>
                new SucceededJobDto
                {
                    Job = job,
                    Result = state.Text("Result"),
                    TotalDuration = state.Number("PerformanceDuration") + state.Number("Latency"),
                    SucceededAt = state.Time("SucceededAt"),
                }
        );

    public JobList<FailedJobDto> Failed(int from, int count) =>
        Read(
            FailedState.StateName,
            from,
            count,
            (job, state) =>
                new FailedJobDto
                {
                    Job = job,
                    Reason = state.Reason,
                    ExceptionDetails = state.Text("ExceptionDetails"),
                    ExceptionMessage = state.Text("ExceptionMessage"),
                    ExceptionType = state.Text("ExceptionType"),
                    FailedAt = state.Time("FailedAt"),
                }
        );

    public JobList<DeletedJobDto> Deleted(int from, int count) =>
        Read(
            DeletedState.StateName,
            from,
            count,
            (job, state) => new DeletedJobDto { Job = job, DeletedAt = state.Time("DeletedAt") }
        );

    private JobList<T> Read<T>(string name, int from, int count, Func<Job?, State, T> make)
    {
        using var command = database.CreateCommand(_sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        using var row = command.ExecuteReader();
        var jobs = new List<KeyValuePair<string, T>>();
        while (row.Read())
        {
            var state = new State(row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4));
            var id = JobId.Format(row.GetInt64(0));
            jobs.Add(new KeyValuePair<string, T>(id, make(Load(row.GetString(1), row.GetString(2)), state)));
        }

        return new JobList<T>(jobs);
    }

    /// <summary>Null where its type or method is not known here.</summary>
    private static Job? Load(string invocation, string arguments)
    {
        try
        {
            var data = SerializationHelper.Deserialize<InvocationData>(invocation);
            data.Arguments = arguments;
            return data.DeserializeJob();
        }
        catch (JobLoadException)
        {
            return null;
        }
    }

    /// <summary>What a job's row of history says; null for what it does not.</summary>
    private sealed class State(string? reason, string? data)
    {
        private readonly Dictionary<string, string> _data = new(
            SerializationHelper.Deserialize<Dictionary<string, string>>(data) ?? [],
            StringComparer.OrdinalIgnoreCase
        );

        public string? Reason => reason;

        public string? Text(string name) => _data.GetValueOrDefault(name);

        public DateTime? Time(string name) => JobHelper.DeserializeNullableDateTime(Text(name));

        public long? Number(string name) =>
            Text(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
