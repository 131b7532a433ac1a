using System.IO.Pipelines;

namespace JobServer.Jobs.Submissions;

/// <summary>Reads and accepts submissions of one kind; registered under the kind's name.</summary>
internal interface IJobSubmission
{
    /// <summary>How long a body may be.</summary>
    BodyLimit Limit { get; }

    /// <summary>
    /// Reads the body and accepts the job. Joins the ambient transaction if there is one: what it wrote before a refusal
    /// must then not be committed.
    /// </summary>
    /// <exception cref="Input.RequestTooLargeException">The body has more bytes than allowed.</exception>
    Task<Acceptance> AcceptAsync(PipeReader body, Origin origin, CancellationToken cancellationToken);
}

/// <summary>How long a body may be.</summary>
/// <param name="Hint">What to do with a longer one, as a sentence.</param>
internal readonly record struct BodyLimit(long MaxBytes, string? Hint = null);
