using System.IO.Pipelines;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Enrichment;

/// <summary>Reads what was submitted and finds what it refers to.</summary>
internal sealed class EnrichmentSubmitted(
    EnrichmentInputs inputs,
    IOptions<EnrichmentOptions> options,
    TimeProvider time
)
{
    public BodyLimit Limit => new(options.Value.MaxRequestBytes, EnrichmentSubmission.TooLargeHint);

    /// <summary>The submission and what it reads from; both are null when there are faults.</summary>
    public async Task<(EnrichmentSubmission? Submission, InputShape? Shape, Faults Faults)> ReadAsync(
        PipeReader body,
        string tenant,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var submission = await EnrichmentSubmission.ReadAsync(body, Limit.MaxBytes, time, faults, cancellationToken);
        var shape = submission is null ? null : await inputs.FindAsync(submission, tenant, faults, cancellationToken);
        return shape is null ? (null, null, faults) : (submission, shape, faults);
    }
}
