using System.Collections;
using Npgsql;
using NpgsqlTypes;

namespace JobServer.BatchedStorage.Writing;

/// <summary>The columns of one <c>unnest</c>, as array parameters that are filled anew for each flush.</summary>
internal abstract class Columns
{
    private readonly List<IList> _columns = [];

    public List<NpgsqlParameter> Parameters { get; } = [];

    public bool IsEmpty => _columns[0].Count == 0;

    public void Clear() => _columns.ForEach(column => column.Clear());

    protected List<T> Column<T>()
    {
        var values = new List<T>();
        Parameters.Add(
            new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | TypeOf(typeof(T)) }
        );
        _columns.Add(values);
        return values;
    }

    /// <summary>Said and not left to be guessed: an empty list gives nothing to guess from.</summary>
    private static NpgsqlDbType TypeOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(long) ? NpgsqlDbType.Bigint
            : type == typeof(int) ? NpgsqlDbType.Integer
            : type == typeof(short) ? NpgsqlDbType.Smallint
            : type == typeof(bool) ? NpgsqlDbType.Boolean
            : type == typeof(double) ? NpgsqlDbType.Double
            : type == typeof(DateTime) ? NpgsqlDbType.TimestampTz
            : NpgsqlDbType.Text;
    }
}

internal sealed class CreatedColumns : Columns
{
    private readonly List<long> _ids;
    private readonly List<long?> _stateIds;
    private readonly List<string?> _stateNames;
    private readonly List<string> _invocations;
    private readonly List<string> _arguments;
    private readonly List<DateTime> _createdAt;
    private readonly List<double?> _expireIn;

    public CreatedColumns()
    {
        _ids = Column<long>();
        _stateIds = Column<long?>();
        _stateNames = Column<string?>();
        _invocations = Column<string>();
        _arguments = Column<string>();
        _createdAt = Column<DateTime>();
        _expireIn = Column<double?>();
    }

    /// <param name="change">What the same unit makes of it at once.</param>
    public void Add(JobRow job, JobChange? change)
    {
        _ids.Add(job.Id);
        _stateIds.Add(change?.State?.Id);
        _stateNames.Add(change?.State?.Name);
        _invocations.Add(job.InvocationData);
        _arguments.Add(job.Arguments);
        _createdAt.Add(job.CreatedAt);
        _expireIn.Add(
            change?.Expiry switch
            {
                Expiry.Cleared => null,
                Expiry.Set => change.ExpireIn.TotalSeconds,
                _ => job.ExpireIn.TotalSeconds,
            }
        );
    }
}

internal sealed class ChangedColumns : Columns
{
    private readonly List<long> _ids;
    private readonly List<bool> _checked;
    private readonly List<long?> _was;
    private readonly List<int> _versions;
    private readonly List<long?> _stateIds;
    private readonly List<string?> _stateNames;
    private readonly List<short> _expiries;
    private readonly List<double> _expireIn;
    private readonly List<int> _raises;

    public ChangedColumns()
    {
        _ids = Column<long>();
        _checked = Column<bool>();
        _was = Column<long?>();
        _versions = Column<int>();
        _stateIds = Column<long?>();
        _stateNames = Column<string?>();
        _expiries = Column<short>();
        _expireIn = Column<double>();
        _raises = Column<int>();
    }

    /// <summary>How many must be found as they are expected, or at all.</summary>
    public int Required { get; private set; }

    public new void Clear()
    {
        base.Clear();
        Required = 0;
    }

    public void Add(JobChange change)
    {
        _ids.Add(change.JobId);
        _checked.Add(change.Expected is not null);
        _was.Add(change.Expected?.StateId);
        _versions.Add(change.Expected?.Version ?? 0);
        _stateIds.Add(change.State?.Id);
        _stateNames.Add(change.State?.Name);
        _expiries.Add((short)change.Expiry);
        _expireIn.Add(change.ExpireIn.TotalSeconds);
        _raises.Add(change.RaisesVersion ? 1 : 0);
        if (change.IsRequired)
            Required++;
    }
}

internal sealed class StateColumns : Columns
{
    private readonly List<long> _ids;
    private readonly List<long> _jobIds;
    private readonly List<string> _names;
    private readonly List<string?> _reasons;
    private readonly List<DateTime> _createdAt;
    private readonly List<string> _data;

    public StateColumns()
    {
        _ids = Column<long>();
        _jobIds = Column<long>();
        _names = Column<string>();
        _reasons = Column<string?>();
        _createdAt = Column<DateTime>();
        _data = Column<string>();
    }

    public void Add(StateRow state)
    {
        _ids.Add(state.Id);
        _jobIds.Add(state.JobId);
        _names.Add(state.Name);
        _reasons.Add(state.Reason);
        _createdAt.Add(state.CreatedAt);
        _data.Add(state.Data);
    }
}

internal sealed class ParameterColumns : Columns
{
    private readonly List<long> _jobIds;
    private readonly List<string> _names;
    private readonly List<string?> _values;

    public ParameterColumns()
    {
        _jobIds = Column<long>();
        _names = Column<string>();
        _values = Column<string?>();
    }

    public void Add(long jobId, string name, string? value)
    {
        _jobIds.Add(jobId);
        _names.Add(name);
        _values.Add(value);
    }
}

internal sealed class QueueColumns : Columns
{
    private readonly List<long> _jobIds;
    private readonly List<string> _queues;

    public QueueColumns()
    {
        _jobIds = Column<long>();
        _queues = Column<string>();
    }

    public void Add(QueueRow row)
    {
        _jobIds.Add(row.JobId);
        _queues.Add(row.Queue);
    }
}

internal sealed class HoldColumns : Columns
{
    private readonly List<long> _ids;
    private readonly List<int> _attempts;

    public HoldColumns()
    {
        _ids = Column<long>();
        _attempts = Column<int>();
    }

    public int Count => _ids.Count;

    public void Add(Hold hold)
    {
        _ids.Add(hold.QueueId);
        _attempts.Add(hold.Attempt);
    }
}

/// <summary>Counters of many units, one row for each key and time to live.</summary>
internal sealed class CounterColumns : Columns
{
    private readonly List<string> _keys;
    private readonly List<long> _deltas;
    private readonly List<double?> _expireIn;
    private readonly Dictionary<(string Key, TimeSpan? ExpireIn), int> _rows = [];

    public CounterColumns()
    {
        _keys = Column<string>();
        _deltas = Column<long>();
        _expireIn = Column<double?>();
    }

    public new void Clear()
    {
        base.Clear();
        _rows.Clear();
    }

    public void Add(CounterRow counter)
    {
        if (_rows.TryGetValue((counter.Key, counter.ExpireIn), out var row))
        {
            _deltas[row] += counter.Delta;
            return;
        }

        _rows.Add((counter.Key, counter.ExpireIn), _keys.Count);
        _keys.Add(counter.Key);
        _deltas.Add(counter.Delta);
        _expireIn.Add(counter.ExpireIn?.TotalSeconds);
    }
}

internal sealed class SetColumns : Columns
{
    private readonly List<string> _keys;
    private readonly List<string> _values;
    private readonly List<double> _scores;

    public SetColumns()
    {
        _keys = Column<string>();
        _values = Column<string>();
        _scores = Column<double>();
    }

    public void Add(SetRow row)
    {
        _keys.Add(row.Key);
        _values.Add(row.Value);
        _scores.Add(row.Score);
    }
}
