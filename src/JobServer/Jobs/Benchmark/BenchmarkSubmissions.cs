using System.IO.Pipelines;
using JobServer.Hosting;
using JobServer.Jobs.Benchmark.Submitted;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Benchmark;

/// <summary>Accepts comparisons of strategies.</summary>
internal sealed class BenchmarkSubmissions(
    BenchmarkKind kind,
    BenchmarkHosts hosts,
    IOptions<BenchmarkOptions> options,
    Submission submission,
    TimeProvider time
) : IJobSubmission
{
    public BodyLimit Limit => new(BenchmarkSubmission.MaxBytes);

    public async Task<Acceptance> AcceptAsync(PipeReader body, Origin origin, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        using var document = await JsonBody.ReadAsync(body, Limit.MaxBytes, hint: null, faults, cancellationToken);
        var submitted = document is null
            ? null
            : BenchmarkSubmission.Read(document.RootElement, hosts, options.Value, time, faults);
        if (submitted is null)
            return Acceptance.Refused(Problems.Invalid(faults));
        var settings = submitted.Settings;
        var acceptance = await submission.AcceptAsync(
            kind,
            new[] { BenchmarkPlan.Chunk(settings) }.ToAsyncEnumerable(),
            () =>
                new AcceptedArgs(
                    settings.ToArgs(),
                    submitted.Envelope,
                    // A round that came to nothing or a threshold that was missed is what the job was to find out.
                    TolerateFailedPercent: 0,
                    settings.JobTimeout
                ),
            origin,
            cancellationToken
        );
        return acceptance!.Value;
    }
}
