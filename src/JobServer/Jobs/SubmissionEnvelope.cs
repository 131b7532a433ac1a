using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs;

/// <summary>The members that submissions of all kinds share.</summary>
/// <param name="Tags">At most 20, of at most 100 characters.</param>
/// <param name="Deadline">When the job has not started by then, it expires.</param>
internal sealed record SubmissionEnvelope(IReadOnlyList<string> Tags, DateTimeOffset? Deadline)
{
    private const int MaxTags = 20;
    private const int MaxTagLength = 100;

    /// <summary>Reads them; what is wrong with them goes to the faults.</summary>
    public static SubmissionEnvelope Read(Fields fields, TimeProvider time)
    {
        var tags = fields.Strings("tags", MaxTags, MaxTagLength);
        var deadline = fields.OptionalTimestamp("deadline");
        if (deadline <= time.GetUtcNow())
            fields.Refuse("deadline", "must lie in the future");
        foreach (var member in new[] { "uniqueKey", "startAt", "after" })
        {
            if (fields.TryGet(member, out JsonElement _))
                fields.Refuse(member, "is not supported by this version; leave it out");
        }

        return new SubmissionEnvelope(tags, deadline);
    }
}
