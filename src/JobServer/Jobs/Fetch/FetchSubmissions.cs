using System.IO.Pipelines;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Outbound;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Fetch;

/// <summary>Accepts lists of URLs.</summary>
internal sealed class FetchSubmissions(FetchKind kind, ListSubmission submission, IOptions<FetchOptions> options)
    : IJobSubmission
{
    public BodyLimit Limit => new(options.Value.MaxRequestBytes);

    public Task<Acceptance> AcceptAsync(PipeReader body, Origin origin, CancellationToken cancellationToken)
    {
        var form = new SubmissionForm(
            "urls",
            new FetchItemReader(new UrlListCheck().Refusal, RequestHeaders.Refusal),
            ReadArgs,
            new SubmissionLimits { MaxItems = options.Value.MaxUrls, MaxBodyBytes = options.Value.MaxRequestBytes }
        );
        return submission.AcceptAsync(kind, form, body, origin, cancellationToken);
    }

    private static KindArgs ReadArgs(Fields submission)
    {
        var settings = CallSettings.Read(submission);
        return new KindArgs(settings.ToArgs(), settings.TolerateFailedPercent, settings.JobTimeout);
    }
}
