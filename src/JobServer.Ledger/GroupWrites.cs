using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>The claim that something was done under.</summary>
internal readonly record struct ClaimKey(int ChunkNo, int Epoch);

/// <summary>What every commit of a group does, in the order in which everybody locks: chunks, then the job.</summary>
internal static class GroupWrites
{
    /// <summary>
    /// Takes the row locks of the chunks whose epoch still stands, and counts on them; returns the others.
    /// </summary>
    public static async Task<IReadOnlySet<int>> LockChunksAsync(
        NpgsqlConnection connection,
        JobKey job,
        IReadOnlyList<KeyValuePair<ClaimKey, int>> chunks,
        CancellationToken cancellationToken
    )
    {
        // By the whole key from the arrays, for the reason the claim has.
        await using var command = new NpgsqlCommand(
            """
            update jobserver.chunks c
            set recorded = c.recorded + g.count, stalls = 0,
                done_at = case when c.recorded + g.count = c.item_count then now() end
            from unnest(@tenants, @jobs, @chunk_nos, @epochs, @counts) as g (tenant, job_id, chunk_no, epoch, count)
            where c.tenant = g.tenant and c.job_id = g.job_id and c.chunk_no = g.chunk_no and c.epoch = g.epoch
                and c.done_at is null
            returning c.chunk_no
            """,
            connection
        );
        command
            .Parameters.With("tenants", Enumerable.Repeat(job.Tenant, chunks.Count).ToArray())
            .With("jobs", Enumerable.Repeat(job.Id, chunks.Count).ToArray())
            .With("chunk_nos", chunks.Select(chunk => chunk.Key.ChunkNo).ToArray())
            .With("epochs", chunks.Select(chunk => chunk.Key.Epoch).ToArray())
            .With("counts", chunks.Select(chunk => chunk.Value).ToArray());
        var fenced = chunks.Select(chunk => chunk.Key.ChunkNo).ToHashSet();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            fenced.Remove(row.GetInt32(0));
        return fenced;
    }

    // COPY fills whole pages at once; an insert from arrays costs the server about twice as much an item.
    public static async Task<(int Succeeded, int Failed)> CopyItemsAsync(
        NpgsqlConnection connection,
        JobKey job,
        IEnumerable<ItemOutcome> items,
        CancellationToken cancellationToken
    )
    {
        var (succeeded, failed) = (0, 0);
        await using var rows = await connection.BeginBinaryImportAsync(
            """
            copy jobserver.items (
                tenant, job_id, seq, state, value, value_bytes, error_code, error_detail, error_host, attempts, duration_ms
            ) from stdin (format binary)
            """,
            cancellationToken
        );
        foreach (var item in items)
        {
            succeeded += item.Succeeded ? 1 : 0;
            failed += item.Succeeded ? 0 : 1;
            await rows.StartRowAsync(cancellationToken);
            await rows.WriteAsync(job.Tenant, NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(job.Id, NpgsqlDbType.Uuid, cancellationToken);
            await rows.WriteAsync(item.Seq, NpgsqlDbType.Integer, cancellationToken);
            await rows.WriteAsync(item.Succeeded ? "succeeded" : "failed", NpgsqlDbType.Text, cancellationToken);
            if (item.Value is { } value)
                await rows.WriteAsync(value, NpgsqlDbType.Json, cancellationToken);
            else
                await rows.WriteNullAsync(cancellationToken);
            await rows.WriteAsync(item.Value?.Length ?? 0, NpgsqlDbType.Integer, cancellationToken);
            await WriteTextAsync(rows, item.ErrorCode, cancellationToken);
            await WriteTextAsync(rows, item.ErrorDetail, cancellationToken);
            await WriteTextAsync(rows, item.ErrorHost, cancellationToken);
            await rows.WriteAsync(item.Attempts, NpgsqlDbType.Integer, cancellationToken);
            await rows.WriteAsync((float)item.DurationMs, NpgsqlDbType.Real, cancellationToken);
        }

        await rows.CompleteAsync(cancellationToken);
        return (succeeded, failed);
    }

    private static Task WriteTextAsync(NpgsqlBinaryImporter rows, string? text, CancellationToken cancellationToken) =>
        text is null
            ? rows.WriteNullAsync(cancellationToken)
            : rows.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);

    /// <summary>Counts on the job, and finishes it when nothing is left. True when it did.</summary>
    public static async Task<bool> CountAsync(
        NpgsqlConnection connection,
        JobKey job,
        int succeeded,
        int failed,
        CancellationToken cancellationToken
    )
    {
        if (succeeded + failed == 0)
            return false;
        await using var command = new NpgsqlCommand(
            """
            update jobserver.jobs j
            set succeeded = j.succeeded + @succeeded,
                failed = j.failed + @failed,
                state = case
                    when j.succeeded + @succeeded + j.failed + @failed = j.total
                        then jobserver.outcome(j.state, j.total, j.failed + @failed, j.tolerate_failed_percent)
                    else j.state
                end,
                finished_at = case
                    when j.succeeded + @succeeded + j.failed + @failed = j.total then now()
                end
            where j.tenant = @tenant and j.id = @job and j.finished_at is null
            returning j.finished_at is not null
            """,
            connection
        );
        command.Parameters.WithJob(job).With("succeeded", succeeded).With("failed", failed);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
