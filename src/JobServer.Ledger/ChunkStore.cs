using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>A run of consecutive items as it is accepted.</summary>
/// <param name="Input">A JSON array of <paramref name="ItemCount"/> items, UTF-8.</param>
public readonly record struct NewChunk(int ChunkNo, int FirstSeq, int ItemCount, ReadOnlyMemory<byte> Input);

/// <summary>A chunk claimed by a lane.</summary>
/// <param name="Epoch">Fence token of this claim.</param>
/// <param name="Input">What its items are made of; null when they are read from elsewhere.</param>
/// <param name="Recorded">How many of its items need not run again; of a batched job these are its first ones.</param>
public sealed record ClaimedChunk(int ChunkNo, int FirstSeq, int ItemCount, int Epoch, byte[]? Input, int Recorded);

/// <summary>A claim some lane of this process holds.</summary>
public readonly record struct HeldChunk(JobKey Job, int ChunkNo, int Epoch);

/// <summary>Rows of <c>chunks</c>: accept, claim, fence, give up. Lock order everywhere: chunks, then the job.</summary>
public sealed class ChunkStore(NpgsqlDataSource database)
{
    /// <summary>Writes chunks before their job. Joins the ambient transaction.</summary>
    public async Task InsertAsync(JobKey job, IReadOnlyList<NewChunk> chunks, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.chunks (tenant, job_id, chunk_no, first_seq, item_count, input)
            select @tenant, @job, chunk_no, first_seq, item_count, input
            from unnest(@chunk_nos, @first_seqs, @item_counts, @inputs) as c (chunk_no, first_seq, item_count, input)
            """
        );
        command
            .Parameters.WithJob(job)
            .With("chunk_nos", chunks.Select(chunk => chunk.ChunkNo).ToArray())
            .With("first_seqs", chunks.Select(chunk => chunk.FirstSeq).ToArray())
            .With("item_counts", chunks.Select(chunk => chunk.ItemCount).ToArray())
            .With("inputs", NpgsqlDbType.Array | NpgsqlDbType.Json, chunks.Select(chunk => chunk.Input).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes the chunks of a job whose items are read from elsewhere. Joins the ambient transaction.</summary>
    public async Task InsertAsync(JobKey job, int total, int chunkSize, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.chunks (tenant, job_id, chunk_no, first_seq, item_count)
            select @tenant, @job, first_seq / @size, first_seq, least(@size, @total - first_seq)
            from generate_series(0, @total - 1, @size) as first_seq
            """
        );
        command.Parameters.WithJob(job).With("total", total).With("size", chunkSize);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Claims the first undone chunks after a number that are free or were this lane's before, except those it holds
    /// now, in order. Empty when there are none, when the job is not running, or when a newer start owns the lane.
    /// </summary>
    /// <param name="after">
    /// -1 looks at all. The chunk claimed last spares the look past the index entries of all that are done, which costs
    /// more than the claim; but what was left behind is found by -1 alone.
    /// </param>
    /// <param name="limit">Chunks at most.</param>
    public async Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(
        LaneKey lane,
        int laneEpoch,
        int after,
        IReadOnlyCollection<int> held,
        int limit,
        CancellationToken cancellationToken
    )
    {
        // Joined by the whole key, without a constant: planned for a job of unknown size, a constant means a look at all of
        // its chunks for every one found.
        await using var command = database.CreateCommand(
            """
            with next as materialized (
                select c.tenant, c.job_id, c.chunk_no from jobserver.chunks c
                where c.tenant = @tenant and c.job_id = @job and c.chunk_no > @after and c.done_at is null
                    and (c.lane is null or c.lane = @lane) and c.chunk_no <> all (@held)
                    and exists (
                        select from jobserver.lanes l
                        join jobserver.jobs j on j.tenant = l.tenant and j.id = l.job_id
                        where l.tenant = @tenant and l.job_id = @job and l.lane = @lane and l.epoch = @epoch
                            and l.running and j.state = 'running'
                    )
                order by c.chunk_no
                limit @limit
                for update of c skip locked
            )
            update jobserver.chunks c
            set epoch = c.epoch + 1, lane = @lane
            from next
            where c.tenant = next.tenant and c.job_id = next.job_id and c.chunk_no = next.chunk_no
            returning c.chunk_no, c.first_seq, c.item_count, c.epoch, c.input, c.recorded
            """
        );
        command
            .Parameters.WithJob(lane.Job)
            .With("lane", (short)lane.Lane)
            .With("epoch", laneEpoch)
            .With("after", after)
            .With("held", held.ToArray())
            .With("limit", limit);
        var claimed = new List<ClaimedChunk>(limit);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            claimed.Add(
                new ClaimedChunk(
                    row.GetInt32(0),
                    row.GetInt32(1),
                    row.GetInt32(2),
                    row.GetInt32(3),
                    row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4),
                    row.GetInt32(5)
                )
            );
        }

        claimed.Sort(static (a, b) => a.ChunkNo.CompareTo(b.ChunkNo));
        return claimed;
    }

    /// <summary>
    /// The recorded items of a claimed chunk by their sequence numbers. A statement after the claim: the claim's own
    /// snapshot may be older than the last commit of the attempt it fenced.
    /// </summary>
    public async Task<IReadOnlySet<int>> RecordedAsync(
        JobKey job,
        ClaimedChunk chunk,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select seq from jobserver.items
            where tenant = @tenant and job_id = @job and seq >= @first and seq < @first + @count
            """
        );
        command.Parameters.WithJob(job).With("first", chunk.FirstSeq).With("count", chunk.ItemCount);
        var recorded = new HashSet<int>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            recorded.Add(row.GetInt32(0));
        return recorded;
    }

    /// <summary>
    /// Notes that a chunk claimed before is begun again. Returns how often in a row, this time included, that happened
    /// without a new recorded item; null when the claim has passed on.
    /// </summary>
    public async Task<int?> BeginAgainAsync(JobKey job, int chunkNo, int epoch, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.chunks set stalls = stalls + 1
            where tenant = @tenant and job_id = @job and chunk_no = @chunk_no and epoch = @epoch and done_at is null
            returning stalls::integer
            """
        );
        command.Parameters.WithJob(job).With("chunk_no", chunkNo).With("epoch", epoch);
        return await command.ExecuteScalarAsync(cancellationToken) as int?;
    }

    /// <summary>Those of the held chunks whose epoch has passed or that are gone.</summary>
    public async Task<List<HeldChunk>> FencedAsync(
        IReadOnlyCollection<HeldChunk> held,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select h.tenant, h.job_id, h.chunk_no, h.epoch
            from unnest(@tenants, @jobs, @chunk_nos, @epochs) as h (tenant, job_id, chunk_no, epoch)
            left join lateral (
                select epoch from jobserver.chunks
                where tenant = h.tenant and job_id = h.job_id and chunk_no = h.chunk_no
            ) c on true
            where c.epoch is distinct from h.epoch
            """
        );
        command
            .Parameters.With("tenants", held.Select(chunk => chunk.Job.Tenant).ToArray())
            .With("jobs", held.Select(chunk => chunk.Job.Id).ToArray())
            .With("chunk_nos", held.Select(chunk => chunk.ChunkNo).ToArray())
            .With("epochs", held.Select(chunk => chunk.Epoch).ToArray());
        var fenced = new List<HeldChunk>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var job = new JobKey(row.GetString(0), row.GetGuid(1));
            fenced.Add(new HeldChunk(job, row.GetInt32(2), row.GetInt32(3)));
        }

        return fenced;
    }

    /// <summary>Counts results that a fenced attempt brought and that were not written.</summary>
    public async Task CountPreventedAsync(JobKey job, int count, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update jobserver.jobs set duplicates_prevented = duplicates_prevented + @count
            where tenant = @tenant and id = @job
            """
        );
        command.Parameters.WithJob(job).With("count", (long)count);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Fails what is not recorded yet, of one chunk, of one lane's chunks, or of all, fences whoever works on it, and
    /// finishes the job when nothing is left. Returns how many items were failed.
    /// </summary>
    public async Task<int> FailRemainingAsync(
        JobKey job,
        int? chunkNo,
        int? lane,
        JobError error,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var fence = new NpgsqlCommand(
            """
            with undone as (
                select c.chunk_no, case when j.batched then c.recorded else 0 end as skipped
                from jobserver.chunks c
                join jobserver.jobs j on j.tenant = c.tenant and j.id = c.job_id
                where c.tenant = @tenant and c.job_id = @job and c.done_at is null
                    and (@chunk_no is null or c.chunk_no = @chunk_no)
                    and (@lane is null or c.lane = @lane)
                order by c.chunk_no
                for update of c
            )
            update jobserver.chunks c set epoch = epoch + 1, done_at = now(), recorded = item_count
            from undone
            where c.tenant = @tenant and c.job_id = @job and c.chunk_no = undone.chunk_no
            returning first_seq + undone.skipped, item_count - undone.skipped
            """,
            connection,
            transaction
        );
        fence
            .Parameters.WithJob(job)
            .With("chunk_no", NpgsqlDbType.Integer, chunkNo)
            .With("lane", NpgsqlDbType.Integer, lane);
        var firsts = new List<int>();
        var counts = new List<int>();
        await using (var row = await fence.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
            {
                firsts.Add(row.GetInt32(0));
                counts.Add(row.GetInt32(1));
            }
        }

        // The fence holds the chunks' locks, so this statement sees every item that will ever be recorded by others.
        await using var fail = new NpgsqlCommand(
            """
            with failed as (
                insert into jobserver.items
                    (tenant, job_id, seq, state, error_code, error_detail, attempts, duration_ms)
                select @tenant, @job, seq, 'failed', @code, @detail, 0, 0
                from unnest(@firsts, @counts) as c (first_seq, item_count)
                cross join generate_series(c.first_seq, c.first_seq + c.item_count - 1) as seq
                on conflict do nothing
                returning seq
            )
            update jobserver.jobs j
            set failed = j.failed + f.count,
                state = case
                    when j.succeeded + j.failed + f.count = j.total
                        then jobserver.outcome(j.state, j.total, (j.failed + f.count)::integer, j.tolerate_failed_percent)
                    else j.state
                end,
                finished_at = case when j.succeeded + j.failed + f.count = j.total then now() end,
                error_code = @code,
                error_detail = @detail
            from (select count(*) from failed) f
            where j.tenant = @tenant and j.id = @job and j.finished_at is null and f.count > 0
            returning f.count::integer
            """,
            connection,
            transaction
        );
        fail.Parameters.WithJob(job)
            .With("firsts", firsts.ToArray())
            .With("counts", counts.ToArray())
            .With("code", error.Code)
            .With("detail", error.Detail);
        var count = await fail.ExecuteScalarAsync(cancellationToken) as int? ?? 0;
        await transaction.CommitAsync(cancellationToken);
        return count;
    }
}
