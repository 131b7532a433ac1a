using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs.Submissions;

/// <summary>What came of a submission: a job, new or found again, or why there is none.</summary>
internal readonly record struct Acceptance
{
    public JobKey? Job { get; private init; }

    /// <summary>A new one as it was accepted; null for one that was found.</summary>
    public Job? Accepted { get; private init; }

    /// <summary>Set where <see cref="Job"/> is not.</summary>
    public ProblemHttpResult? Refusal { get; private init; }

    public static Acceptance Of(JobKey job) => new() { Job = job };

    public static Acceptance Of(Job accepted) => new() { Job = accepted.Key, Accepted = accepted };

    public static Acceptance Refused(ProblemHttpResult refusal) => new() { Refusal = refusal };
}
