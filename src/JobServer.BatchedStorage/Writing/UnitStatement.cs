using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Writes any number of units in one statement, which does all of it or fails: with 22012 (division by zero) where a job
/// does not look as expected or a hold is no longer good.
/// </summary>
/// <remarks>
/// One statement instead of one for each table: the round trip and the commit are what a job costs. The ids of states are
/// known before, so that the rows of jobs and of their history need no join.
/// </remarks>
internal sealed class UnitStatement
{
    private readonly CreatedColumns _created = new();
    private readonly ParameterColumns _createdParameters = new();
    private readonly ChangedColumns _changed = new();
    private readonly StateColumns _states = new();
    private readonly QueueColumns _queued = new();
    private readonly HoldColumns _released = new();
    private readonly HoldColumns _needed = new();
    private readonly CounterColumns _counters = new();
    private readonly SetColumns _addedToSets = new();
    private readonly SetColumns _removedFromSets = new();
    private readonly NpgsqlParameter<int> _changes = new();
    private readonly NpgsqlParameter<int> _holds = new();

    private readonly ParameterColumns _parameters = new();

    public UnitStatement(string schema)
    {
        Main = new NpgsqlBatchCommand(MainSql(schema));
        Add(Main, _created, _createdParameters, _changed, _states, _queued, _released, _needed, _counters);
        Add(Main, _addedToSets, _removedFromSets);
        Main.Parameters.Add(_changes);
        Main.Parameters.Add(_holds);
        // On its own and after the first: it must see what others committed before the job's row was ours.
        Parameters = new NpgsqlBatchCommand(ParametersSql(schema));
        Add(Parameters, _parameters);
    }

    public NpgsqlBatchCommand Main { get; }

    /// <summary>To be run after <see cref="Main"/> in one transaction, where <see cref="HasParameters"/>.</summary>
    public NpgsqlBatchCommand Parameters { get; }

    public bool HasParameters => !_parameters.IsEmpty;

    /// <summary>Takes these units in place of those before.</summary>
    public void Fill(IReadOnlyList<Unit> units)
    {
        Clear();
        for (var i = 0; i < units.Count; i++)
            Add(units[i]);
        _changes.TypedValue = _changed.Required;
        _holds.TypedValue = _released.Count + _needed.Count;
    }

    private void Add(Unit unit)
    {
        foreach (var job in unit.Created)
        {
            _created.Add(job, unit.Changes.Find(change => change.JobId == job.Id));
            foreach (var (name, value) in job.Parameters)
                _createdParameters.Add(job.Id, name, value);
        }

        foreach (var change in unit.Changes)
        {
            if (unit.Created.Count == 0 || !unit.Created.Exists(job => job.Id == change.JobId))
                _changed.Add(change);
        }

        unit.States.ForEach(_states.Add);
        unit.Queued.ForEach(_queued.Add);
        unit.Released.ForEach(_released.Add);
        if (unit.Needed is { } needed)
            _needed.Add(needed);
        unit.Counters.ForEach(_counters.Add);
        unit.AddedToSets.ForEach(_addedToSets.Add);
        unit.RemovedFromSets.ForEach(_removedFromSets.Add);
        foreach (var parameter in unit.Parameters)
            _parameters.Add(parameter.JobId, parameter.Name, parameter.Value);
    }

    private void Clear()
    {
        _created.Clear();
        _createdParameters.Clear();
        _changed.Clear();
        _states.Clear();
        _queued.Clear();
        _released.Clear();
        _needed.Clear();
        _counters.Clear();
        _addedToSets.Clear();
        _removedFromSets.Clear();
        _parameters.Clear();
    }

    private static void Add(NpgsqlBatchCommand command, params ReadOnlySpan<Columns> all)
    {
        foreach (var columns in all)
        {
            foreach (var parameter in columns.Parameters)
                command.Parameters.Add(parameter);
        }
    }

    private static string MainSql(string schema) =>
        $"""
            with created as (
                insert into {schema}.job (id, stateid, statename, invocationdata, arguments, createdat, expireat)
                select id, stateid, statename, invocationdata::jsonb, arguments::jsonb, createdat,
                    now() + make_interval(secs => expirein)
                from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                    $7::double precision[]) as c(id, stateid, statename, invocationdata, arguments, createdat, expirein)
            ), described as (
                insert into {schema}.jobparameter (jobid, name, value)
                select * from unnest($8::bigint[], $9::text[], $10::text[])
            ), changed as (
                update {schema}.job j set
                    stateid = coalesce(c.stateid, j.stateid),
                    statename = coalesce(c.statename, j.statename),
                    expireat = case c.expiry
                        when 0 then j.expireat
                        when 2 then now() + make_interval(secs => c.expirein)
                    end,
                    updatecount = j.updatecount + c.raise
                from unnest($11::bigint[], $12::boolean[], $13::bigint[], $14::integer[], $15::bigint[], $16::text[],
                    $17::smallint[], $18::double precision[], $19::integer[])
                    as c(id, checked, was, version, stateid, statename, expiry, expirein, raise)
                where j.id = c.id
                    and (not c.checked or (j.stateid is not distinct from c.was and j.updatecount = c.version))
                returning c.checked or c.stateid is not null or c.raise > 0 as required
            ), states as (
                insert into {schema}.state (id, jobid, name, reason, createdat, data)
                select id, jobid, name, reason, createdat, data::jsonb
                from unnest($20::bigint[], $21::bigint[], $22::text[], $23::text[], $24::timestamptz[], $25::text[])
                    as s(id, jobid, name, reason, createdat, data)
            ), queued as (
                insert into {schema}.jobqueue (jobid, queue)
                select * from unnest($26::bigint[], $27::text[])
            ), released as (
                delete from {schema}.jobqueue q
                using unnest($28::bigint[], $29::integer[]) as h(id, attempt)
                where q.id = h.id and q.updatecount = h.attempt
                returning 1
            ), needed as (
                select 1 from unnest($30::bigint[], $31::integer[]) as h(id, attempt)
                join {schema}.jobqueue q on q.id = h.id and q.updatecount = h.attempt and q.fetchedat is not null
            ), counted as (
                insert into {schema}.counter (key, value, expireat)
                select key, value, now() + make_interval(secs => expirein)
                from unnest($32::text[], $33::bigint[], $34::double precision[]) as c(key, value, expirein)
            ), added as (
                insert into {schema}.set (key, value, score)
                select * from unnest($35::text[], $36::text[], $37::double precision[])
                on conflict (key, value) do update set score = excluded.score
            ), removed as (
                delete from {schema}.set s
                using unnest($38::text[], $39::text[], $40::double precision[]) as r(key, value, score)
                where s.key = r.key and s.value = r.value
            )
            select 1 / (
                (select count(*) from changed where required) = $41
                and (select count(*) from released) + (select count(*) from needed) = $42
            )::integer
            """;

    private static string ParametersSql(string schema) =>
        $"""
            with given as (
                select * from unnest($1::bigint[], $2::text[], $3::text[]) as g(jobid, name, value)
            ), overwritten as (
                update {schema}.jobparameter p set value = g.value from given g
                where p.jobid = g.jobid and p.name = g.name
                returning p.jobid, p.name
            )
            insert into {schema}.jobparameter (jobid, name, value)
            select jobid, name, value from given g
            where not exists (select from overwritten o where o.jobid = g.jobid and o.name = g.name)
            """;
}
