using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>How long finished jobs of a kind are kept once they are in a state.</summary>
public readonly record struct JobRetention(string Kind, JobState State, TimeSpan Age);

/// <summary>
/// Finds what nobody needs any more, and deletes in small steps what belonged to erased jobs and files. Any number of
/// hosts may take steps at once.
/// </summary>
public sealed class ErasureStore(NpgsqlDataSource database)
{
    /// <summary>Finished jobs that are older than they have to be kept, neither held nor read from, the oldest of each rule first.</summary>
    /// <param name="limit">Jobs at most.</param>
    public async Task<List<JobKey>> FindJobsAsync(
        IReadOnlyCollection<JobRetention> rules,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select j.tenant, j.id from unnest(@kinds, @states, @ages) as r (kind, state, age)
            cross join lateral (
                select f.tenant, f.id from jobserver.jobs f
                where f.kind = r.kind and f.state = r.state and f.finished_at <= now() - r.age
                    and f.finished_at is not null and not f.held and not exists (
                        select from jobserver.job_inputs i
                        join jobserver.jobs reader on reader.tenant = i.tenant and reader.id = i.job_id
                        where i.tenant = f.tenant and i.source_id = f.id and reader.finished_at is null
                    )
                order by f.finished_at
                limit @limit
            ) j
            limit @limit
            """
        );
        command
            .Parameters.With("kinds", rules.Select(rule => rule.Kind).ToArray())
            .With("states", rules.Select(rule => rule.State.ToText()).ToArray())
            .With("ages", rules.Select(rule => rule.Age).ToArray())
            .With("limit", limit);
        var jobs = new List<JobKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            jobs.Add(new JobKey(row.GetString(0), row.GetGuid(1)));
        return jobs;
    }

    /// <summary>
    /// Uploaded files that are older than they have to be kept and that no job reads from which has not ended, ended
    /// lately, or is held; the oldest first.
    /// </summary>
    /// <param name="limit">Files at most.</param>
    public async Task<List<(string Tenant, Guid Id)>> FindFilesAsync(
        TimeSpan age,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select f.tenant, f.id from jobserver.files f
            where f.job_id is null and f.created_at <= now() - @age and not exists (
                select from jobserver.job_inputs i
                join jobserver.jobs j on j.tenant = i.tenant and j.id = i.job_id
                where i.tenant = f.tenant and i.source_id = f.id
                    and (j.finished_at is null or j.finished_at > now() - @age or j.held)
            )
            order by f.created_at
            limit @limit
            """
        );
        command.Parameters.With("age", NpgsqlDbType.Interval, age).With("limit", limit);
        var files = new List<(string, Guid)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            files.Add((row.GetString(0), row.GetGuid(1)));
        return files;
    }

    /// <summary>
    /// Deletes some of the rows of one erased job or file, or of keys nobody has to remember. False when there is nothing
    /// left to delete that no other host is deleting.
    /// </summary>
    /// <param name="rows">Rows at most; of those that hold many items, fewer.</param>
    public async Task<bool> StepAsync(int rows, CancellationToken cancellationToken)
    {
        // The rows are found by their place on disk: a key would have to be planned for each of the tables.
        await using var command = database.CreateCommand(
            """
            with erased as materialized (
                select tenant, id from jobserver.erasures order by erased_at limit 1 for update skip locked
            ), items as (
                delete from jobserver.items where ctid = any (array(
                    select i.ctid from erased e join jobserver.items i on i.job_id = e.id and i.tenant = e.tenant
                    limit @rows
                )) returning 1
            ), outputs as (
                delete from jobserver.outputs where ctid = any (array(
                    select o.ctid from erased e join jobserver.outputs o on o.job_id = e.id and o.tenant = e.tenant
                    limit @wide_rows
                )) returning 1
            ), pieces as (
                delete from jobserver.file_pieces where ctid = any (array(
                    select p.ctid from erased e
                    join jobserver.file_pieces p on p.file_id = e.id and p.tenant = e.tenant
                    limit @wide_rows
                )) returning 1
            ), keys as (
                delete from jobserver.idempotency_keys where ctid = any (array(
                    select ctid from jobserver.idempotency_keys
                    where created_at <= now() - @remembered
                    limit @rows
                    for update skip locked
                )) returning 1
            ), counts as (
                select (select count(*) from items) + (select count(*) from outputs) + (select count(*) from pieces)
                    as of_erased, (select count(*) from keys) as of_keys
            ), done as (
                delete from jobserver.erasures d using erased e, counts c
                where d.tenant = e.tenant and d.id = e.id and c.of_erased = 0
                returning 1
            )
            select of_erased + of_keys + (select count(*) from done) > 0 from counts
            """
        );
        command
            .Parameters.With("rows", rows)
            .With("wide_rows", Math.Max(1, rows / 100))
            .With("remembered", IdempotencyStore.Remembered);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
