using Npgsql;

namespace JobServer.BatchedStorage.Schema;

/// <summary>What the storage's statements name, and the triggers that its counts hang on.</summary>
internal static class NeededParts
{
    private static readonly string[] _columns =
    [
        .. Columns("job", "id", "stateid", "statename", "invocationdata", "arguments", "createdat", "expireat"),
        .. Columns("job", "updatecount"),
        .. Columns("jobparameter", "id", "jobid", "name", "value"),
        .. Columns("jobqueue", "id", "jobid", "queue", "fetchedat", "updatecount", "owner"),
        .. Columns("state", "id", "jobid", "name", "reason", "createdat", "data"),
        .. Columns("counter", "id", "key", "value", "expireat"),
        .. Columns("aggregatedcounter", "id", "key", "value", "expireat"),
        .. Columns("set", "id", "key", "value", "score", "expireat"),
        .. Columns("hash", "id", "key", "field", "value", "expireat"),
        .. Columns("list", "id", "key", "value", "expireat"),
        .. Columns("lease", "owner", "name", "renewed_at"),
    ];

    private static readonly string[] _triggers =
    [
        "job.batched_count_inserted",
        "job.batched_count_updated",
        "job.batched_count_deleted",
        "jobqueue.batched_count_inserted",
        "jobqueue.batched_count_deleted",
    ];

    /// <summary>Names of those that are not there, or are switched off.</summary>
    public static List<string> FindMissing(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand(
            """
            with tables as (
                select c.oid, c.relname from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = $3
            )
            select name from unnest($1::text[]) as needed(name) where not exists (
                select from pg_attribute a join tables t on t.oid = a.attrelid
                where t.relname || '.' || a.attname = needed.name and a.attnum > 0 and not a.attisdropped
            )
            union all
            select name from unnest($2::text[]) as needed(name) where not exists (
                select from pg_trigger g join tables t on t.oid = g.tgrelid
                where t.relname || '.' || g.tgname = needed.name and g.tgenabled <> 'D'
            )
            """,
            connection
        )
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = _columns },
                new NpgsqlParameter<string[]> { TypedValue = _triggers },
                new NpgsqlParameter<string> { TypedValue = schema },
            },
        };
        using var row = command.ExecuteReader();
        var missing = new List<string>();
        while (row.Read())
            missing.Add(row.GetString(0));
        return missing;
    }

    private static IEnumerable<string> Columns(string table, params string[] names) =>
        names.Select(name => $"{table}.{name}");
}
