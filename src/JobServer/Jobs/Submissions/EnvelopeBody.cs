namespace JobServer.Jobs.Submissions;

/// <summary>The members that bodies of all kinds share, as the API's description shows them.</summary>
/// <remarks>They are read by <see cref="SubmissionEnvelope"/>.</remarks>
internal abstract record EnvelopeBody
{
    /// <summary>At most 20, for finding the job again.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The job waits until then, at most 366 days.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>When the job has not started by then, it expires.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Among the jobs of its kind that wait: high, normal or low. Default normal.</summary>
    public string? Priority { get; init; }

    /// <summary>At most one unfinished job may have it; 1 to 255 characters.</summary>
    public string? UniqueKey { get; init; }

    /// <summary>Where another one has it: reject (409 with its id), or return, which answers with that job. Default reject.</summary>
    public string? OnConflict { get; init; }
}
