using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>
/// Runs a benchmark again that did not succeed, all of it: rounds that another process measured at another time are not
/// comparable with those that are missing.
/// </summary>
internal sealed class BenchmarkRetry(BenchmarkKind kind, Submission submission) : IJobRetry
{
    public async Task<Acceptance?> AcceptAsync(Job job, Origin origin, CancellationToken cancellationToken) =>
        job.State == JobState.Succeeded
            ? null
            : await submission.AcceptAsync(
                kind,
                new[] { BenchmarkPlan.Chunk(BenchmarkSettings.OfArgs(job.Args)) }.ToAsyncEnumerable(),
                () =>
                    new AcceptedArgs(
                        job.Args,
                        new SubmissionEnvelope(job.Tags),
                        job.TolerateFailedPercent,
                        job.JobTimeout
                    ),
                origin,
                cancellationToken
            );
}
