using System.IO.Pipelines;
using JobServer.Hosting;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Enrichment;

/// <summary>Accepts records, and what names files or jobs to read them from.</summary>
internal sealed class EnrichmentSubmissions(EnrichmentSubmitted submitted, EnrichmentAcceptance acceptance)
    : IJobSubmission
{
    public BodyLimit Limit => submitted.Limit;

    public async Task<Acceptance> AcceptAsync(PipeReader body, Origin origin, CancellationToken cancellationToken)
    {
        var (submission, shape, faults) = await submitted.ReadAsync(body, origin.Tenant, cancellationToken);
        if (submission is null || shape is null)
            return Acceptance.Refused(Problems.Invalid(faults));
        return await acceptance.AcceptAsync(submission, shape, origin, cancellationToken)
            ?? Acceptance.Refused(Problems.WrongState("What the records are read from was erased meanwhile."));
    }
}
