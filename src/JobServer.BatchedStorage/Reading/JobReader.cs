using Hangfire.Common;
using Hangfire.Storage;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage.Reading;

/// <summary>Reads jobs with all that a change of state asks for, in one statement each.</summary>
internal sealed class JobReader(string schema)
{
    private readonly string _job = $"select {JobSnapshot.Columns(schema)} from {schema}.job j where j.id = $1";

    private readonly string _held = $"""
        select {JobSnapshot.Columns(schema)}
        from {schema}.job j join {schema}.jobqueue q on q.jobid = j.id
        where q.id = $1 and q.updatecount = $2
        """;

    private readonly string _due = $"""
        select s.value, {JobSnapshot.Columns(schema)}
        from {schema}.set s
        left join {schema}.job j on j.id = case when s.value ~ '^[0-9]{"{1,18}"}$' then s.value::bigint end
        where s.key = $1 and s.score between $2 and $3
        order by s.score, s.id limit $4
        """;

    private readonly string _state = $"""
        select s.name, s.reason, s.data from {schema}.job j join {schema}.state s on s.id = j.stateid where j.id = $1
        """;

    private readonly string _stateId = $"select stateid from {schema}.job where id = $1";

    private readonly string _parameter =
        $"select value from {schema}.jobparameter where jobid = $1 and name = $2 order by id desc limit 1";

    public JobSnapshot? Find(NpgsqlConnection connection, long id)
    {
        using var command = Command(connection, _job, id);
        using var row = command.ExecuteReader();
        return row.Read() ? JobSnapshot.Read(row, 0) : null;
    }

    /// <summary>A job of the queue, if the hold on it is still good.</summary>
    public JobSnapshot? Find(NpgsqlConnection connection, Hold hold)
    {
        using var command = Command(connection, _held, hold.QueueId, hold.Attempt);
        using var row = command.ExecuteReader();
        return row.Read() ? JobSnapshot.Read(row, 0) : null;
    }

    /// <summary>Members of a sorted set with these scores, lowest first, and the jobs that they name.</summary>
    public List<(string Value, JobSnapshot? Job)> Due(
        NpgsqlConnection connection,
        string key,
        double from,
        double to,
        int limit
    )
    {
        using var command = Command(connection, _due, key, from, to, limit);
        using var row = command.ExecuteReader();
        var due = new List<(string, JobSnapshot?)>();
        while (row.Read())
            due.Add((row.GetString(0), row.IsDBNull(1) ? null : JobSnapshot.Read(row, 1)));
        return due;
    }

    public StateData? FindState(NpgsqlConnection connection, long id)
    {
        using var command = Command(connection, _state, id);
        using var row = command.ExecuteReader();
        if (!row.Read())
            return null;
        return new StateData
        {
            Name = row.GetString(0),
            Reason = row.IsDBNull(1) ? null : row.GetString(1),
            Data = row.IsDBNull(2)
                ? null
                : SerializationHelper.Deserialize<Dictionary<string, string>>(row.GetString(2)),
        };
    }

    public long? FindStateId(NpgsqlConnection connection, long id)
    {
        using var command = Command(connection, _stateId, id);
        return command.ExecuteScalar() as long?;
    }

    public string? FindParameter(NpgsqlConnection connection, long id, string name)
    {
        using var command = Command(connection, _parameter, id, name);
        return command.ExecuteScalar() as string;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
