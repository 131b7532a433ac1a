using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>How consecutive items of one chunk ended.</summary>
/// <param name="Epoch">Of the claim they were run under.</param>
/// <param name="Content">Lines: the columns, then one for each item, empty for one that failed.</param>
/// <param name="Rejects">Those that failed.</param>
/// <param name="DurationMs">Of one item, on average.</param>
public sealed record OutputRun(
    int ChunkNo,
    int Epoch,
    int FirstSeq,
    int Count,
    ReadOnlyMemory<byte> Content,
    IReadOnlyList<ItemOutcome> Rejects,
    double DurationMs
) : IRecordable
{
    /// <inheritdoc/>
    public long Bytes => Content.Length + Rejects.Sum(reject => reject.Bytes);
}

/// <summary>A recorded run of consecutive items.</summary>
public sealed record Output(int FirstSeq, int Count, byte[] Content, double DurationMs);

/// <summary>Rows of <c>outputs</c>: runs of items recorded once, in groups; their failed items are rows of <c>items</c>.</summary>
public sealed class OutputStore(NpgsqlDataSource database) : IGroupStore<OutputRun>
{
    /// <inheritdoc/>
    public async Task<GroupCommit> CommitAsync(
        JobKey job,
        IReadOnlyList<OutputRun> group,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await WriteAsync(job, group, refusal: null, cancellationToken);
        }
        // Content is bytes: only what is kept of rejects can be refused, and only those of one run fail with it.
        catch (PostgresException refusal) when (Unstorable.IsAboutTheData(refusal))
        {
            return group.Count == 1
                ? await WriteAsync(job, group, refusal, cancellationToken)
                : await Unstorable.HalveAsync(group, half => CommitAsync(job, half, cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OutputRun>> UnrecordedAsync(
        JobKey job,
        IReadOnlyList<OutputRun> group,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            "select first_seq from jobserver.outputs where tenant = @tenant and job_id = @job and first_seq = any (@firsts)"
        );
        command.Parameters.WithJob(job).With("firsts", group.Select(run => run.FirstSeq).ToArray());
        var recorded = new HashSet<int>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            recorded.Add(row.GetInt32(0));
        return [.. group.Where(run => !recorded.Contains(run.FirstSeq))];
    }

    /// <summary>The run that holds the item, or the first one after it; null when there is none.</summary>
    public async Task<Output?> FindAsync(JobKey job, int seq, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select first_seq, item_count, content, duration_ms from jobserver.outputs
            where tenant = @tenant and job_id = @job and first_seq >= coalesce(
                (
                    select first_seq from jobserver.outputs
                    where tenant = @tenant and job_id = @job and first_seq <= @seq and first_seq + item_count > @seq
                    order by first_seq desc
                    limit 1
                ),
                @seq
            )
            order by first_seq
            limit 1
            """
        );
        command.Parameters.WithJob(job).With("seq", seq);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new Output(row.GetInt32(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2), row.GetFloat(3))
            : null;
    }

    private async Task<GroupCommit> WriteAsync(
        JobKey job,
        IReadOnlyList<OutputRun> group,
        PostgresException? refusal,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var counts = group
            .GroupBy(run => new ClaimKey(run.ChunkNo, run.Epoch))
            .Select(chunk => KeyValuePair.Create(chunk.Key, chunk.Sum(run => run.Count)));
        var fenced = await GroupWrites.LockChunksAsync(connection, job, [.. counts], cancellationToken);
        var written = group.Where(run => !fenced.Contains(run.ChunkNo)).ToList();
        await CopyAsync(connection, job, written, cancellationToken);
        var rejects = written.SelectMany(run => run.Rejects);
        if (refusal is not null)
            rejects = rejects.Select(reject => Unstorable.Of(reject, refusal));
        var (_, failed) = rejects.Any()
            ? await GroupWrites.CopyItemsAsync(connection, job, rejects, cancellationToken)
            : (0, 0);
        var succeeded = written.Sum(run => run.Count) - failed;
        var finished = await GroupWrites.CountAsync(connection, job, succeeded, failed, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GroupCommit(fenced, finished);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection,
        JobKey job,
        List<OutputRun> runs,
        CancellationToken cancellationToken
    )
    {
        await using var rows = await connection.BeginBinaryImportAsync(
            """
            copy jobserver.outputs (tenant, job_id, first_seq, item_count, content, duration_ms)
            from stdin (format binary)
            """,
            cancellationToken
        );
        foreach (var run in runs)
        {
            await rows.StartRowAsync(cancellationToken);
            await rows.WriteAsync(job.Tenant, NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(job.Id, NpgsqlDbType.Uuid, cancellationToken);
            await rows.WriteAsync(run.FirstSeq, NpgsqlDbType.Integer, cancellationToken);
            await rows.WriteAsync(run.Count, NpgsqlDbType.Integer, cancellationToken);
            await rows.WriteAsync(run.Content, NpgsqlDbType.Bytea, cancellationToken);
            await rows.WriteAsync((float)run.DurationMs, NpgsqlDbType.Real, cancellationToken);
        }

        await rows.CompleteAsync(cancellationToken);
    }
}
