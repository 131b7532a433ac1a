using System.Buffers;
using JobServer.Jobs.Results;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Waits for the end of a job, whichever node runs it.</summary>
internal sealed class JobWaiter(JobWatch watch, JobStore jobs, JobKinds kinds, ResultReader results, TimeProvider time)
{
    // More would make one answer of what should be streamed.
    private const int MaxInlineItems = 100;

    /// <summary>The finished job, with its results when they are few; null when it did not end in time.</summary>
    public async Task<JobView?> WaitAsync(JobKey key, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var following = watch.Follow(key);
        try
        {
            await following.Finished.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }

        if (await jobs.FindAsync(key, cancellationToken) is not { } job || !job.State.IsFinished())
            return null;
        var view = JobView.Of(job, kinds);
        return job.Total > MaxInlineItems ? view : view with { Results = await InlineAsync(job, cancellationToken) };
    }

    private async Task<RawJson> InlineAsync(Job job, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        ResultFormat.Json.Begin(output);
        var isFirst = true;
        await foreach (var page in results.ReadAsync(job, state: null, cancellationToken))
        {
            ResultFormat.Json.Write(page, output, isFirst);
            isFirst &= page.Count == 0;
        }

        ResultFormat.Json.End(output);
        return new RawJson(output.WrittenMemory);
    }
}
