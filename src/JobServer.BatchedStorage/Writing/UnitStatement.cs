using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// Writes any number of units in statements of one batch, which is one transaction: all of it is done or nothing. It fails
/// with 22012 (division by zero) where a job does not look as expected or a hold is no longer good.
/// </summary>
/// <remarks>
/// Few statements instead of one for each table: the round trip and the commit are what a job costs. The ids of states are
/// known before, so that the rows of jobs and of their history need no join. What creates jobs stands on its own: it reads
/// nothing. The rest finds each row by <c>= any (array[key])</c>, with which only a look into the index for each key is possible: by
/// <c>= key</c> the rows could also be read in order and joined, and a plan, which is made once and often while the tables are
/// empty, takes that for the cheapest.
/// </remarks>
internal sealed class UnitStatement
{
    private readonly NpgsqlBatchCommand _create;
    private readonly CreatedColumns _created = new();
    private readonly ParameterColumns _createdParameters = new();
    private readonly StateColumns _createdStates = new();
    private readonly QueueColumns _createdQueued = new();

    private readonly NpgsqlBatchCommand _change;
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

    private readonly NpgsqlBatchCommand _parameterize;
    private readonly ParameterColumns _parameters = new();

    private readonly List<RareOperation> _rare = [];

    public UnitStatement(string schema)
    {
        _create = new NpgsqlBatchCommand(CreateSql(schema));
        Add(_create, _created, _createdParameters, _createdStates, _createdQueued);
        _change = new NpgsqlBatchCommand(ChangeSql(schema));
        Add(_change, _changed, _states, _queued, _released, _needed, _counters, _addedToSets, _removedFromSets);
        _change.Parameters.Add(_changes);
        _change.Parameters.Add(_holds);
        // On its own and after the others: it must see what others committed before the job's row was ours.
        _parameterize = new NpgsqlBatchCommand(ParametersSql(schema));
        Add(_parameterize, _parameters);
    }

    /// <summary>Takes these units in place of those before.</summary>
    public void Fill(IReadOnlyList<Unit> units)
    {
        Clear();
        for (var i = 0; i < units.Count; i++)
            Add(units[i]);
        _changes.TypedValue = _changed.Required;
        _holds.TypedValue = _released.Count + _needed.Count;
    }

    /// <summary>Adds what is needed of it, to be run in one transaction and before it is filled anew.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (!_created.IsEmpty)
            batch.BatchCommands.Add(_create);
        if (!AreEmpty(_changed, _states, _queued, _released, _needed, _counters, _addedToSets, _removedFromSets))
            batch.BatchCommands.Add(_change);
        if (!_parameters.IsEmpty)
            batch.BatchCommands.Add(_parameterize);
        foreach (var operation in _rare)
            batch.BatchCommands.Add(operation.ToCommand());
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

        unit.States.ForEach(unit.Created.Count > 0 ? _createdStates.Add : _states.Add);
        unit.Queued.ForEach(unit.Created.Count > 0 ? _createdQueued.Add : _queued.Add);
        unit.Released.ForEach(_released.Add);
        if (unit.Needed is { } needed)
            _needed.Add(needed);
        unit.Counters.ForEach(_counters.Add);
        unit.AddedToSets.ForEach(_addedToSets.Add);
        unit.RemovedFromSets.ForEach(_removedFromSets.Add);
        foreach (var parameter in unit.Parameters)
            _parameters.Add(parameter.JobId, parameter.Name, parameter.Value);
        _rare.AddRange(unit.Rare);
    }

    private void Clear()
    {
        _created.Clear();
        _createdParameters.Clear();
        _createdStates.Clear();
        _createdQueued.Clear();
        _changed.Clear();
        _states.Clear();
        _queued.Clear();
        _released.Clear();
        _needed.Clear();
        _counters.Clear();
        _addedToSets.Clear();
        _removedFromSets.Clear();
        _parameters.Clear();
        _rare.Clear();
    }

    private static bool AreEmpty(params ReadOnlySpan<Columns> all)
    {
        foreach (var columns in all)
        {
            if (!columns.IsEmpty)
                return false;
        }

        return true;
    }

    private static void Add(NpgsqlBatchCommand command, params ReadOnlySpan<Columns> all)
    {
        foreach (var columns in all)
        {
            foreach (var parameter in columns.Parameters)
                command.Parameters.Add(parameter);
        }
    }

    private static string CreateSql(string schema) =>
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
            ), states as (
                insert into {schema}.state (id, jobid, name, reason, createdat, data)
                select id, jobid, name, reason, createdat, data::jsonb
                from unnest($11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::timestamptz[], $16::text[])
                    as s(id, jobid, name, reason, createdat, data)
            )
            insert into {schema}.jobqueue (jobid, queue)
            select * from unnest($17::bigint[], $18::text[])
            """;

    private static string ChangeSql(string schema) =>
        $"""
            with changed as (
                update {schema}.job j set
                    stateid = coalesce(c.stateid, j.stateid),
                    statename = coalesce(c.statename, j.statename),
                    expireat = case c.expiry
                        when 0 then j.expireat
                        when 2 then now() + make_interval(secs => c.expirein)
                    end,
                    updatecount = j.updatecount + c.raise
                from unnest($1::bigint[], $2::boolean[], $3::bigint[], $4::integer[], $5::bigint[], $6::text[],
                    $7::smallint[], $8::double precision[], $9::integer[])
                    as c(id, checked, was, version, stateid, statename, expiry, expirein, raise)
                where j.id = any (array[c.id])
                    and (not c.checked or (j.stateid is not distinct from c.was and j.updatecount = c.version))
                returning c.checked or c.stateid is not null or c.raise > 0 as required
            ), states as (
                insert into {schema}.state (id, jobid, name, reason, createdat, data)
                select id, jobid, name, reason, createdat, data::jsonb
                from unnest($10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::timestamptz[], $15::text[])
                    as s(id, jobid, name, reason, createdat, data)
            ), queued as (
                insert into {schema}.jobqueue (jobid, queue)
                select * from unnest($16::bigint[], $17::text[])
            ), released as (
                delete from {schema}.jobqueue q
                using unnest($18::bigint[], $19::integer[]) as h(id, attempt)
                where q.id = any (array[h.id]) and q.updatecount = h.attempt
                returning 1
            ), needed as (
                select 1 from unnest($20::bigint[], $21::integer[]) as h(id, attempt)
                join {schema}.jobqueue q
                    on q.id = any (array[h.id]) and q.updatecount = h.attempt and q.owner is not null
            ), counted as (
                insert into {schema}.counter (key, value, expireat)
                select key, value, now() + make_interval(secs => expirein)
                from unnest($22::text[], $23::bigint[], $24::double precision[]) as c(key, value, expirein)
            ), added as (
                insert into {schema}.set (key, value, score)
                select * from unnest($25::text[], $26::text[], $27::double precision[])
                on conflict (key, value) do update set score = excluded.score
            ), removed as (
                delete from {schema}.set s
                using unnest($28::text[], $29::text[], $30::double precision[]) as r(key, value, score)
                cross join lateral (
                    -- In this order there is but one index that both serve: the other is that of a set's scores.
                    select id from {schema}.set where key = r.key and value between r.value and r.value order by value limit 1
                ) found
                where s.id = any (array[found.id])
            )
            select 1 / (
                (select count(*) from changed where required) = $31
                and (select count(*) from released) + (select count(*) from needed) = $32
            )::integer
            """;

    private static string ParametersSql(string schema) =>
        $"""
            with given as (
                select * from unnest($1::bigint[], $2::text[], $3::text[]) as g(jobid, name, value)
            ), overwritten as (
                update {schema}.jobparameter p set value = g.value
                from given g
                where p.jobid = any (array[g.jobid]) and p.name = any (array[g.name])
                returning p.jobid, p.name
            )
            insert into {schema}.jobparameter (jobid, name, value)
            select jobid, name, value from given g
            where not exists (select from overwritten o where o.jobid = g.jobid and o.name = g.name)
            """;
}
