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
    /// Records a group in one commit: updates the chunks where the epoch still stands, inserts the
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
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var fenced = await LockChunksAsync(connection, job, group, cancellationToken);
        var (succeeded, failed) = await CopyAsync(connection, job, group, fenced, cancellationToken);
        var finished = await CountAsync(connection, job, succeeded, failed, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GroupCommit(fenced, finished);
    }

    /// <summary>Takes the row locks of the chunks whose epoch still stands; returns the others.</summary>
    private static async Task<IReadOnlySet<int>> LockChunksAsync(
        NpgsqlConnection connection,
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        CancellationToken cancellationToken
    )
    {
        var chunks = group.CountBy(outcome => (outcome.ChunkNo, outcome.Epoch)).ToList();
        await using var command = new NpgsqlCommand(
            """
            update jobserver.chunks c
            set recorded = c.recorded + g.count, stalls = 0,
                done_at = case when c.recorded + g.count = c.item_count then now() end
            from unnest(@chunk_nos, @epochs, @counts) as g (chunk_no, epoch, count)
            where c.tenant = @tenant and c.job_id = @job and c.chunk_no = g.chunk_no and c.epoch = g.epoch
                and c.done_at is null
            returning c.chunk_no
            """,
            connection
        );
        command
            .Parameters.WithJob(job)
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
    private static async Task<(int Succeeded, int Failed)> CopyAsync(
        NpgsqlConnection connection,
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        IReadOnlySet<int> fenced,
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
        foreach (var item in group)
        {
            if (fenced.Contains(item.ChunkNo))
                continue;
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
    private static async Task<bool> CountAsync(
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
