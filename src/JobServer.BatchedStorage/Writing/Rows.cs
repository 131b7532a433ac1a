using JobServer.BatchedStorage.Reading;

namespace JobServer.BatchedStorage.Writing;

/// <summary>A job to be inserted.</summary>
/// <param name="ExpireIn">After which it goes if nothing ever initialises it.</param>
internal sealed record JobRow(
    long Id,
    string InvocationData,
    string Arguments,
    DateTime CreatedAt,
    TimeSpan ExpireIn,
    Dictionary<string, string?> Parameters
);

/// <summary>One row of a job's history.</summary>
/// <param name="Data">JSON.</param>
internal sealed record StateRow(long Id, long JobId, string Name, string? Reason, string Data, DateTime CreatedAt);

/// <summary>A job that waits in a queue from now on.</summary>
internal readonly record struct QueueRow(string Queue, long JobId);

/// <summary>What a counter changes by.</summary>
/// <param name="ExpireIn">Null for one that stays.</param>
internal readonly record struct CounterRow(string Key, int Delta, TimeSpan? ExpireIn);

/// <summary>A parameter of a job that is set.</summary>
internal readonly record struct ParameterRow(long JobId, string Name, string? Value);

/// <summary>A member of a set, added (with its score) or removed.</summary>
internal readonly record struct SetRow(string Key, string Value, double Score);

/// <summary>
/// A worker's hold on a row of the queue. Each fetch of the row raises its attempt, so that who fetched it before holds
/// nothing any more.
/// </summary>
internal readonly record struct Hold(long QueueId, int Attempt);

/// <summary>What a job must look like for a change of it to be right.</summary>
/// <param name="StateId">Its current row of history; null when it has none.</param>
/// <param name="Version">Of its parameters; each writer of them raises it.</param>
internal readonly record struct Expectation(long? StateId, int Version);

/// <summary>What becomes of a job's row.</summary>
internal sealed class JobChange(long jobId)
{
    public long JobId { get; } = jobId;

    /// <summary>
    /// What was read of the job before it was decided on; null where the change is right whatever the job looks like.
    /// </summary>
    public JobSnapshot? Read { get; set; }

    /// <summary>
    /// As of the commit and not of the decision: filters write parameters in between, which the snapshot has followed.
    /// </summary>
    public Expectation? Expected { get; private set; }

    /// <summary>The new state; null where it stays.</summary>
    public StateRow? State { get; set; }

    public Expiry Expiry { get; set; }

    public TimeSpan ExpireIn { get; set; }

    /// <summary>Parameters of the job are written.</summary>
    public bool RaisesVersion { get; set; }

    public void Settle() => Expected = Read?.Expectation;

    /// <summary>There must be such a job; one that expires or stays may be gone.</summary>
    public bool IsRequired => Expected is not null || State is not null || RaisesVersion;
}

/// <summary>What becomes of the time at which a job is deleted.</summary>
internal enum Expiry
{
    Kept,
    Cleared,
    Set,
}
