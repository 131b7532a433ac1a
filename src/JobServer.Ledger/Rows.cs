using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Short forms for parameters and columns.</summary>
internal static class Rows
{
    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, string name, object? value)
    {
        parameters.AddWithValue(name, value ?? DBNull.Value);
        return parameters;
    }

    public static NpgsqlParameterCollection With(
        this NpgsqlParameterCollection parameters,
        string name,
        NpgsqlDbType type,
        object? value
    )
    {
        parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
        return parameters;
    }

    /// <summary>An array with a value of each.</summary>
    public static NpgsqlParameterCollection WithEach<TSource, TValue>(
        this NpgsqlParameterCollection parameters,
        string name,
        NpgsqlDbType type,
        IReadOnlyList<TSource> sources,
        Func<TSource, TValue> value
    )
    {
        var values = new TValue[sources.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(sources[i]);
        return parameters.With(name, NpgsqlDbType.Array | type, values);
    }

    public static NpgsqlParameterCollection WithJob(this NpgsqlParameterCollection parameters, JobKey job) =>
        parameters.With("tenant", job.Tenant).With("job", job.Id);

    public static NpgsqlParameterCollection WithSchedule(
        this NpgsqlParameterCollection parameters,
        ScheduleKey schedule
    ) => parameters.With("tenant", schedule.Tenant).With("id", schedule.Id);

    public static T? ValueOrNull<T>(this NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    public static string? TextOrNull(this NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
