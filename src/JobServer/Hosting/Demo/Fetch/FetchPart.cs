using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo.Fetch;

/// <summary>Fetches pages of the sample API, and some that must not be reached.</summary>
internal sealed class FetchPart(SampleApi sample, IAnsiConsole console) : IDemoPart
{
    private readonly FetchPlan _plan = new(sample.Address);

    public string Announcement =>
        $"Fetching {_plan.Items.Count} URLs: good, slow, flaky, moved, missing, broken and forbidden ones.";

    public Task<JobView> SubmitAsync(DemoClient client, CancellationToken stop) =>
        client.SubmitAsync("fetch", _plan.Submission, stop);

    public async Task<bool> CheckAsync(DemoClient client, JobView job, CancellationToken stop)
    {
        var check = new FetchCheck(_plan);
        check.TakeJob(job);
        await foreach (var line in client.ResultsAsync(job, stop))
            check.TakeLine(line);
        var errors = await client.ErrorsAsync(job, stop);
        check.TakeErrors(errors);
        FetchSummary.Write(console, _plan, check, errors);
        DemoSummary.Write(console, job, check.Differences);
        return check.Differences.Count == 0;
    }
}
