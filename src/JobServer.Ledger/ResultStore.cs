using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>A recorded item.</summary>
public sealed record RecordedItem(
    int Seq,
    byte[]? Value,
    string? ErrorCode,
    string? ErrorDetail,
    string? ErrorHost,
    int Attempts,
    double DurationMs
);

/// <summary>Failed items with the same code and host.</summary>
/// <param name="SampleSeq">The first of them.</param>
public sealed record ErrorGroup(string Code, string? Host, int Count, int SampleSeq, string? SampleDetail);

/// <summary>The largest error groups of a job, and how many it has altogether.</summary>
public sealed record TopErrors(IReadOnlyList<ErrorCount> Largest, int Groups);

/// <summary>How many items of a job failed with this code at this host.</summary>
public readonly record struct ErrorCount(string Code, string? Host, int Count);

/// <summary>Reads results in keyset pages; no statement outlives its page.</summary>
public sealed class ResultStore(NpgsqlDataSource database)
{
    /// <summary>
    /// How many items from the first on are recorded without a gap; for a finished job all of them, those that never
    /// ran included.
    /// </summary>
    public async Task<int> CompletedPrefixAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.State.IsFinished())
            return job.Total;
        await using var command = database.CreateCommand(
            job.Batched
                ? """
                select first_seq + recorded from jobserver.chunks
                where tenant = @tenant and job_id = @job and done_at is null
                order by chunk_no
                limit 1
                """
                : """
                with first_undone as (
                    select first_seq, item_count from jobserver.chunks
                    where tenant = @tenant and job_id = @job and done_at is null
                    order by chunk_no
                    limit 1
                )
                select seq from first_undone f
                cross join generate_series(f.first_seq, f.first_seq + f.item_count - 1) as seq
                where not exists (
                    select from jobserver.items i where i.tenant = @tenant and i.job_id = @job and i.seq = seq.seq
                )
                order by seq
                limit 1
                """
        );
        command.Parameters.WithJob(job.Key);
        return await command.ExecuteScalarAsync(cancellationToken) as int? ?? job.Total;
    }

    /// <summary>Items from <paramref name="from"/> up to, not including, <paramref name="to"/>, in order.</summary>
    /// <param name="failedOnly">Leaves succeeded items out.</param>
    /// <param name="maxRows">Rows at most.</param>
    /// <param name="maxBytes">Stops before the values together pass this, but never before the first row.</param>
    public async Task<List<RecordedItem>> ReadAsync(
        JobKey job,
        int from,
        int to,
        bool failedOnly,
        int maxRows,
        long maxBytes,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"""
            select seq, value, error_code, error_detail, error_host, attempts, duration_ms
            from (
                select *, sum(value_bytes) over (order by seq) - value_bytes as bytes_before
                from jobserver.items
                where tenant = @tenant and job_id = @job and seq >= @from and seq < @to
                    {(failedOnly ? "and state = 'failed'" : "")}
                order by seq
                limit @rows
            ) page
            where bytes_before <= @bytes
            order by seq
            """
        );
        command.Parameters.WithJob(job).With("from", from).With("to", to).With("rows", maxRows).With("bytes", maxBytes);
        var items = new List<RecordedItem>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            items.Add(
                new RecordedItem(
                    row.GetInt32(0),
                    row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1),
                    row.TextOrNull(2),
                    row.TextOrNull(3),
                    row.TextOrNull(4),
                    row.GetInt32(5),
                    row.GetFloat(6)
                )
            );
        }

        return items;
    }

    /// <summary>Inputs of these chunks, by number.</summary>
    public async Task<Dictionary<int, byte[]>> ReadInputsAsync(
        JobKey job,
        IReadOnlyCollection<int> chunkNos,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select chunk_no, input from jobserver.chunks
            where tenant = @tenant and job_id = @job and chunk_no = any (@chunk_nos)
            """
        );
        command.Parameters.WithJob(job).With("chunk_nos", chunkNos.ToArray());
        var inputs = new Dictionary<int, byte[]>(chunkNos.Count);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            inputs.Add(row.GetInt32(0), row.GetFieldValue<byte[]>(1));
        return inputs;
    }

    /// <summary>Failed items grouped by code and host, the largest groups first, at most <paramref name="limit"/>.</summary>
    public async Task<List<ErrorGroup>> ErrorsAsync(JobKey job, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select g.error_code, g.error_host, g.count, g.first_seq, i.error_detail
            from (
                select error_code, error_host, count(*)::integer as count, min(seq) as first_seq
                from jobserver.items
                where tenant = @tenant and job_id = @job and state = 'failed'
                group by error_code, error_host
                order by count(*) desc, error_code, error_host
                limit @limit
            ) g
            join jobserver.items i on i.tenant = @tenant and i.job_id = @job and i.seq = g.first_seq
            order by g.count desc, g.error_code, g.error_host
            """
        );
        command.Parameters.WithJob(job).With("limit", limit);
        var groups = new List<ErrorGroup>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            groups.Add(
                new ErrorGroup(row.GetString(0), row.TextOrNull(1), row.GetInt32(2), row.GetInt32(3), row.TextOrNull(4))
            );
        }

        return groups;
    }

    /// <summary>The largest error groups of each of these jobs, at most <paramref name="limit"/> of each; only jobs with failed items.</summary>
    public async Task<Dictionary<Guid, TopErrors>> TopErrorsAsync(
        string tenant,
        IEnumerable<Guid> jobs,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select job_id, error_code, error_host, count, groups
            from (
                select job_id, error_code, error_host, count(*)::integer as count,
                    count(*) over (partition by job_id)::integer as groups,
                    row_number() over (
                        partition by job_id order by count(*) desc, error_code, error_host
                    ) as place
                from jobserver.items
                where tenant = @tenant and job_id = any (@jobs) and state = 'failed'
                group by job_id, error_code, error_host
            ) g
            where place <= @limit
            order by job_id, place
            """
        );
        command
            .Parameters.With("tenant", tenant)
            .With("jobs", NpgsqlDbType.Array | NpgsqlDbType.Uuid, jobs.ToArray())
            .With("limit", limit);
        var rows = new List<(Guid Job, ErrorCount Error, int Groups)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var error = new ErrorCount(row.GetString(1), row.TextOrNull(2), row.GetInt32(3));
            rows.Add((row.GetGuid(0), error, row.GetInt32(4)));
        }

        return rows.GroupBy(found => found.Job)
            .ToDictionary(
                job => job.Key,
                job => new TopErrors([.. job.Select(found => found.Error)], job.First().Groups)
            );
    }
}
