using System.Text.Json;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Jobs.Submissions;

/// <summary>The members that submissions of all kinds share.</summary>
/// <param name="Tags">At most 20, of at most 100 characters.</param>
/// <param name="StartAt">The job waits until then; null, or in the past: it starts at once.</param>
/// <param name="Deadline">When the job has not started by then, it expires.</param>
/// <param name="UniqueKey">At most one unfinished job may have it.</param>
/// <param name="ReturnsOther">Where another one has it, that job is the answer, in place of a refusal.</param>
/// <param name="Priority">Of its lanes among those that wait.</param>
internal sealed record SubmissionEnvelope(
    IReadOnlyList<string> Tags,
    DateTimeOffset? StartAt = null,
    DateTimeOffset? Deadline = null,
    string? UniqueKey = null,
    bool ReturnsOther = false,
    JobPriority Priority = JobPriority.Normal
)
{
    private const int MaxTags = 20;
    private const int MaxTagLength = 100;
    private const int MaxKeyLength = 255;
    private const string Reject = "reject";
    private const string Return = "return";
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(366);

    /// <summary>Reads them; what is wrong with them goes to the faults.</summary>
    public static SubmissionEnvelope Read(Fields fields, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var tags = fields.Strings("tags", MaxTags, MaxTagLength);
        var startAt = fields.OptionalTimestamp("startAt");
        if (startAt > now + MaxDelay)
            fields.Refuse("startAt", $"must lie within {MaxDelay.Days} days");
        var deadline = fields.OptionalTimestamp("deadline");
        if (deadline <= now)
            fields.Refuse("deadline", "must lie in the future");
        else if (deadline <= startAt)
            fields.Refuse("deadline", "must be later than startAt");
        var priority = fields.Choice("priority", JobPriority.Normal.ToText(), [.. JobPriorities.All]);
        var uniqueKey = fields.OptionalText("uniqueKey", 1, MaxKeyLength);
        var onConflict = fields.Choice("onConflict", Reject, Reject, Return);
        if (onConflict != Reject && uniqueKey is null)
            fields.Refuse("onConflict", "means nothing without uniqueKey");
        if (fields.TryGet("after", out JsonElement _))
            fields.Refuse("after", "is not supported by this version; leave it out");
        return new SubmissionEnvelope(
            tags,
            startAt,
            deadline,
            uniqueKey,
            onConflict == Return,
            JobPriorities.Parse(priority)
        );
    }
}
