using System.Text;
using Npgsql;

namespace JobServer.IntegrationTests.Ledger;

/// <summary>The schema <c>jobserver</c> as the catalog tells it, in an order that does not depend on its history.</summary>
internal static class SchemaSnapshot
{
    private const string Query = """
        select t.relname || ' (' || chr(10) || string_agg(
                '    ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || case when a.attnotnull then ' not null' else '' end
                || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                || case a.attidentity when 'a' then ' generated always as identity' else '' end,
                ',' || chr(10) order by a.attnum
            ) || chr(10) || ')' || coalesce(' with (' || array_to_string(t.reloptions, ', ') || ')', '')
        from pg_class t
        join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
        where t.relnamespace = 'jobserver'::regnamespace and t.relkind = 'r' and t.relname <> 'migrations'
        group by t.oid, t.relname, t.reloptions
        union all
        select 'constraint ' || c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
        from pg_constraint c
        where c.connamespace = 'jobserver'::regnamespace and c.conrelid <> 'jobserver.migrations'::regclass
        union all
        select indexdef from pg_indexes where schemaname = 'jobserver' and tablename <> 'migrations'
        union all
        select pg_get_functiondef(oid) from pg_proc where pronamespace = 'jobserver'::regnamespace
        union all
        select pg_get_triggerdef(g.oid) from pg_trigger g join pg_class t on t.oid = g.tgrelid
        where t.relnamespace = 'jobserver'::regnamespace and not g.tgisinternal
        order by 1
        """;

    public static async Task<string> ReadAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Query, connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var text = new StringBuilder("-- Read from the catalog by SchemaSnapshot; not to be run.\n");
        while (await row.ReadAsync(cancellationToken))
            text.Append('\n').Append(row.GetString(0).TrimEnd()).Append('\n');
        return text.ToString();
    }
}
