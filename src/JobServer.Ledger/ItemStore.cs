using Npgsql;

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
) : IRecordable
{
    /// <summary>True when there is no error code.</summary>
    public bool Succeeded => ErrorCode is null;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public long Bytes => RowBytes + (Value?.Length ?? 0);

    // About what an outcome takes beside its value.
    private const int RowBytes = 128;
}

/// <summary>Rows of <c>items</c>: recorded once, in groups.</summary>
public sealed class ItemStore(NpgsqlDataSource database) : IGroupStore<ItemOutcome>
{
    /// <inheritdoc/>
    /// <remarks>A result that PostgreSQL cannot store fails alone.</remarks>
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
        catch (PostgresException refusal) when (Unstorable.IsAboutTheData(refusal))
        {
            return group.Count == 1
                ? await WriteAsync(job, [Unstorable.Of(group[0], refusal)], cancellationToken)
                : await Unstorable.HalveAsync(group, half => CommitAsync(job, half, cancellationToken));
        }
    }

    /// <inheritdoc/>
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

    private async Task<GroupCommit> WriteAsync(
        JobKey job,
        IReadOnlyList<ItemOutcome> group,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var counts = group.CountBy(outcome => new ClaimKey(outcome.ChunkNo, outcome.Epoch));
        var fenced = await GroupWrites.LockChunksAsync(connection, job, [.. counts], cancellationToken);
        var written = group.Where(outcome => !fenced.Contains(outcome.ChunkNo));
        var (succeeded, failed) = await GroupWrites.CopyItemsAsync(connection, job, written, cancellationToken);
        var finished = await GroupWrites.CountAsync(connection, job, succeeded, failed, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GroupCommit(fenced, finished);
    }
}
