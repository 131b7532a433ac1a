using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>How one item ended, ready to be recorded.</summary>
/// <param name="Epoch">Of the claim it was run under.</param>
/// <param name="Value">JSON of a succeeded item, UTF-8; null for a failed one.</param>
/// <param name="ErrorHost">What failed items are grouped by beside their code; null for none.</param>
public readonly record struct ItemOutcome(
    int ChunkNo,
    int Epoch,
    int Seq,
    ReadOnlyMemory<byte>? Value,
    string? ErrorCode,
    string? ErrorDetail,
    string? ErrorHost,
    int Attempts,
    double DurationMs
)
{
    /// <summary>True when there is no error code.</summary>
    public bool Succeeded => ErrorCode is null;
}

/// <summary>What became of a group.</summary>
/// <param name="Fenced">Chunks whose epoch has passed; none of their items was written.</param>
/// <param name="FinishedJob">This commit recorded the job's last item.</param>
public sealed record GroupCommit(IReadOnlySet<int> Fenced, bool FinishedJob);

/// <summary>Rows of <c>items</c>: recorded once, in groups.</summary>
public sealed class ItemStore(NpgsqlDataSource database)
{
    /// <summary>The code of an item whose result PostgreSQL refuses to store.</summary>
    public const string Unstorable = "unstorable";

    /// <summary>
    /// Records a group in one statement and one commit: updates the chunks where the epoch still stands, inserts the
    /// items of those, counts them on the job, and finishes the job with its last item. A result that PostgreSQL
    /// cannot store fails alone.
    /// </summary>
    public async Task<GroupCommit> CommitAsync(
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await WriteAsync(job, group, cancellationToken);
        }
        catch (PostgresException refusal) when (IsAboutTheData(refusal))
        {
            if (group.Count == 1)
                return await WriteAsync(job, [AsUnstorable(group[0], refusal)], cancellationToken);
            var half = group.Count / 2;
            var first = await CommitAsync(job, [.. group.Take(half)], cancellationToken);
            var second = await CommitAsync(job, [.. group.Skip(half)], cancellationToken);
            return new GroupCommit(first.Fenced.Union(second.Fenced).ToHashSet(), second.FinishedJob);
        }
    }

    /// <summary>
    /// Those of the group that are not recorded. For a commit whose answer was lost: it may have gone through.
    /// </summary>
    public async Task<IReadOnlyList<ItemOutcome>> UnrecordedAsync(
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            "select seq from jobserver.items where tenant = @tenant and job_id = @job and seq = any (@seqs)"
        );
        command.Parameters.WithJob(job).With("seqs", group.Select(outcome => outcome.Seq).ToArray());
        var recorded = new HashSet<int>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            recorded.Add(row.GetInt32(0));
        return [.. group.Where(outcome => !recorded.Contains(outcome.Seq))];
    }

    // Class 22: a value PostgreSQL refuses (bad UTF-8, a NUL in text); class 54: one too deep or too large for it.
    private static bool IsAboutTheData(PostgresException refusal) =>
        refusal.SqlState.StartsWith("22", StringComparison.Ordinal)
        || refusal.SqlState.StartsWith("54", StringComparison.Ordinal);

    private static ItemOutcome AsUnstorable(ItemOutcome outcome, PostgresException refusal) =>
        outcome with
        {
            Value = null,
            ErrorCode = Unstorable,
            ErrorDetail = $"PostgreSQL cannot store the result: {refusal.MessageText} ({refusal.SqlState}).",
            ErrorHost = outcome.ErrorHost?.Replace('\0', '?'),
        };

    private async Task<GroupCommit> WriteAsync(
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            with held as (
                update jobserver.chunks c
                set recorded = c.recorded + g.count, stalls = 0,
                    done_at = case when c.recorded + g.count = c.item_count then now() end
                from (
                    select chunk_no, epoch, count(*)::integer as count
                    from unnest(@chunk_nos, @epochs) as i (chunk_no, epoch)
                    group by chunk_no, epoch
                ) g
                where c.tenant = @tenant and c.job_id = @job and c.chunk_no = g.chunk_no and c.epoch = g.epoch
                    and c.done_at is null
                returning c.chunk_no
            ), written as (
                insert into jobserver.items (
                    tenant, job_id, seq, state, value, value_bytes, error_code, error_detail, error_host,
                    attempts, duration_ms
                )
                select @tenant, @job, i.seq, case when i.error_code is null then 'succeeded' else 'failed' end,
                    i.value, i.value_bytes, i.error_code, i.error_detail, i.error_host, i.attempts, i.duration_ms
                from unnest(
                    @chunk_nos, @seqs, @values, @value_bytes, @error_codes, @error_details, @error_hosts,
                    @attempts, @durations
                ) as i (
                    chunk_no, seq, value, value_bytes, error_code, error_detail, error_host, attempts, duration_ms
                )
                where i.chunk_no in (select chunk_no from held)
                returning state
            ), tally as (
                select count(*) filter (where state = 'succeeded')::integer as succeeded,
                    count(*) filter (where state = 'failed')::integer as failed
                from written
            ), counted as (
                update jobserver.jobs j
                set succeeded = j.succeeded + t.succeeded,
                    failed = j.failed + t.failed,
                    state = case
                        when j.succeeded + t.succeeded + j.failed + t.failed = j.total
                            then jobserver.outcome(j.state, j.total, j.failed + t.failed, j.tolerate_failed_percent)
                        else j.state
                    end,
                    finished_at = case
                        when j.succeeded + t.succeeded + j.failed + t.failed = j.total then now()
                    end
                from tally t
                where j.tenant = @tenant and j.id = @job and j.finished_at is null
                returning j.finished_at
            )
            select coalesce((select finished_at is not null from counted), false), array(select chunk_no from held)
            """
        );
        var count = group.Count;
        var chunkNos = new int[count];
        var epochs = new int[count];
        var seqs = new int[count];
        var values = new ReadOnlyMemory<byte>?[count];
        var valueBytes = new int[count];
        var errorCodes = new string?[count];
        var errorDetails = new string?[count];
        var errorHosts = new string?[count];
        var attempts = new int[count];
        var durations = new float[count];
        for (var i = 0; i < count; i++)
        {
            var outcome = group[i];
            chunkNos[i] = outcome.ChunkNo;
            epochs[i] = outcome.Epoch;
            seqs[i] = outcome.Seq;
            values[i] = outcome.Value;
            valueBytes[i] = outcome.Value?.Length ?? 0;
            errorCodes[i] = outcome.ErrorCode;
            errorDetails[i] = outcome.ErrorDetail;
            errorHosts[i] = outcome.ErrorHost;
            attempts[i] = outcome.Attempts;
            durations[i] = (float)outcome.DurationMs;
        }

        command
            .Parameters.WithJob(job)
            .With("chunk_nos", chunkNos)
            .With("epochs", epochs)
            .With("seqs", seqs)
            .With("values", NpgsqlDbType.Array | NpgsqlDbType.Json, values)
            .With("value_bytes", valueBytes)
            .With("error_codes", errorCodes)
            .With("error_details", errorDetails)
            .With("error_hosts", errorHosts)
            .With("attempts", attempts)
            .With("durations", durations);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var finished = row.GetBoolean(0);
        var held = row.GetFieldValue<int[]>(1);
        var fenced = chunkNos.ToHashSet();
        fenced.ExceptWith(held);
        return new GroupCommit(fenced, finished);
    }
}
