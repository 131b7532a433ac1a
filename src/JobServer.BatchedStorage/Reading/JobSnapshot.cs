using System.Collections.Concurrent;
using System.Data.Common;
using Hangfire.Common;
using Hangfire.Storage;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Reading;

/// <summary>A job as it was when it was read, and what tells whether it still is so.</summary>
internal sealed class JobSnapshot(
    long id,
    string invocationData,
    string arguments,
    DateTime createdAt,
    string? stateName,
    Expectation expectation,
    Dictionary<string, string> parameters
)
{
    private const int CachedInvocations = 1000;

    // Few methods, many jobs of them: without the arguments the text is the same for all.
    private static readonly ConcurrentDictionary<string, InvocationData> _invocations = new();

    private Job? _job;
    private JobLoadException? _loadException;

    public long Id { get; } = id;

    public Expectation Expectation { get; private set; } = expectation;

    private string? StateName { get; set; } = stateName;

    /// <summary>Columns of <see cref="Read"/>, of a job <c>j</c>.</summary>
    public static string Columns(string schema) =>
        $"""
            j.id, j.invocationdata - 'Arguments', j.arguments, j.createdat, j.statename, j.stateid, j.updatecount,
            array(select name from {schema}.jobparameter p where p.jobid = j.id order by p.id),
            array(select value from {schema}.jobparameter p where p.jobid = j.id order by p.id)
            """;

    /// <param name="at">Where <see cref="Columns"/> begin.</param>
    public static JobSnapshot Read(DbDataReader row, int at)
    {
        var names = row.GetFieldValue<string[]>(at + 7);
        var values = row.GetFieldValue<string[]>(at + 8);
        var parameters = new Dictionary<string, string>(names.Length);
        for (var i = 0; i < names.Length; i++)
            parameters[names[i]] = values[i];
        return new JobSnapshot(
            row.GetInt64(at),
            row.GetString(at + 1),
            row.GetString(at + 2),
            row.GetDateTime(at + 3),
            row.IsDBNull(at + 4) ? null : row.GetString(at + 4),
            new Expectation(row.IsDBNull(at + 5) ? null : row.GetInt64(at + 5), row.GetInt32(at + 6)),
            parameters
        );
    }

    public JobData ToJobData()
    {
        if (_job is null && _loadException is null)
            Load();
        return new JobData
        {
            Job = _job,
            State = StateName,
            CreatedAt = createdAt,
            LoadException = _loadException,
            ParametersSnapshot = parameters,
        };
    }

    public string? FindParameter(string name) => parameters.GetValueOrDefault(name);

    /// <summary>
    /// Follows what was written of this job. Where somebody else wrote a parameter meanwhile, the version is another than is
    /// reckoned here, and the next change finds out.
    /// </summary>
    public void Follow(Unit unit)
    {
        foreach (var change in unit.Changes)
        {
            if (change.JobId != Id)
                continue;
            if (change.State is { } state)
            {
                StateName = state.Name;
                Expectation = Expectation with { StateId = state.Id };
            }

            if (change.RaisesVersion)
                Expectation = Expectation with { Version = Expectation.Version + 1 };
        }

        foreach (var parameter in unit.Parameters)
        {
            if (parameter.JobId == Id)
                parameters[parameter.Name] = parameter.Value!;
        }
    }

    private void Load()
    {
        try
        {
            var known = InvocationOf(invocationData);
            var own = new InvocationData(known.Type, known.Method, known.ParameterTypes, arguments, known.Queue);
            _job = own.DeserializeJob();
        }
        catch (JobLoadException exception)
        {
            _loadException = exception;
        }
    }

    private static InvocationData InvocationOf(string json)
    {
        if (_invocations.TryGetValue(json, out var known))
            return known;
        if (_invocations.Count >= CachedInvocations)
            _invocations.Clear();
        return _invocations[json] = SerializationHelper.Deserialize<InvocationData>(json);
    }
}
