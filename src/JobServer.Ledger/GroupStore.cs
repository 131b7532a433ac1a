namespace JobServer.Ledger;

/// <summary>One or more consecutive items that ended, ready to be recorded.</summary>
public interface IRecordable
{
    /// <summary>The chunk they belong to.</summary>
    int ChunkNo { get; }

    /// <summary>How many items.</summary>
    int Count { get; }

    /// <summary>Memory that is held until they are recorded.</summary>
    long Bytes { get; }
}

/// <summary>Records outcomes in groups: all of a group in one commit, each once.</summary>
public interface IGroupStore<T>
    where T : IRecordable
{
    /// <summary>
    /// Updates the chunks where the epoch still stands, writes the outcomes of those, counts them on the job, and
    /// finishes the job with its last item, in one commit.
    /// </summary>
    Task<GroupCommit> CommitAsync(JobKey job, IReadOnlyList<T> group, CancellationToken cancellationToken);

    /// <summary>
    /// Those of the group that are not recorded. For a commit whose answer was lost: it may have gone through.
    /// </summary>
    Task<IReadOnlyList<T>> UnrecordedAsync(JobKey job, IReadOnlyList<T> group, CancellationToken cancellationToken);
}

/// <summary>What became of a group.</summary>
/// <param name="Fenced">Chunks whose epoch has passed; none of their items was written.</param>
/// <param name="FinishedJob">This commit recorded the job's last item.</param>
public sealed record GroupCommit(IReadOnlySet<int> Fenced, bool FinishedJob);
