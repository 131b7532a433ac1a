using JobServer.Hosting;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>
/// Runs a benchmark again that did not succeed, all of it: rounds that another process measured at another time are not
/// comparable with those that are missing.
/// </summary>
internal sealed class BenchmarkRetry(BenchmarkKind kind, Submission submission) : IJobRetry
{
    public async Task<Acceptance?> AcceptAsync(
        Job job,
        RetrySelection selection,
        Origin origin,
        CancellationToken cancellationToken
    ) =>
        selection != RetrySelection.Unsuccessful
            ? Acceptance.Refused(
                Problems.WrongState("A benchmark is repeated as a whole; leave the selection of items out.")
            )
        : job.State == JobState.Succeeded ? null
        : await submission.AcceptAsync(
            kind,
            new[] { BenchmarkPlan.Chunk(BenchmarkSettings.OfArgs(job.Args)) }.ToAsyncEnumerable(),
            () =>
                new AcceptedArgs(
                    job.Args,
                    new SubmissionEnvelope(job.Tags, Priority: job.Priority),
                    job.TolerateFailedPercent,
                    job.JobTimeout
                ),
            origin,
            cancellationToken
        );
}
