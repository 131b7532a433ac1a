using System.Collections.Immutable;
using System.Net.ServerSentEvents;
using JobServer.Ledger;

namespace JobServer.Jobs.Events;

/// <summary>A state a job came into.</summary>
internal sealed record StateEvent(string State, DateTimeOffset At);

/// <summary>How a job ended.</summary>
/// <param name="State">One of the five ends; or erased, without anything else.</param>
internal sealed record EndEvent(string State, DateTimeOffset? At, JobProgress? Progress, JobError? Error);

/// <summary>One state as it is sent.</summary>
internal readonly record struct SentState(long No, SseItem<string> Item);

/// <summary>All there is to send of one job at one moment, written out once for however many watch it.</summary>
/// <param name="States">The newest ones, in order.</param>
/// <param name="DroppedNo">Of the last state that is too old to be among them; 0 when none is.</param>
/// <param name="Progress">Null only when the job was never seen.</param>
/// <param name="End">Null while the job has not ended.</param>
internal sealed record FeedView(
    ImmutableArray<SentState> States,
    long DroppedNo,
    string? Progress,
    SseItem<string>? End
)
{
    public static readonly FeedView Nothing = new([], 0, null, null);

    /// <summary>0 before the first.</summary>
    public long LastStateNo => States is [.., var last] ? last.No : DroppedNo;

    /// <summary>There is no such job, or no longer.</summary>
    public bool IsGone { get; init; }
}
