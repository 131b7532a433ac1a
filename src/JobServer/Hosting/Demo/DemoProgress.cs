using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary>Shows how far the job is: a bar on a terminal, a line now and then where output goes elsewhere.</summary>
internal sealed class DemoProgress(IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);

    private readonly long _begun = time.GetTimestamp();

    /// <summary>Shows each snapshot as it comes; returns the last.</summary>
    public Task<JobView> ShowAsync(IAsyncEnumerable<JobView> snapshots, CancellationToken cancellationToken) =>
        console.Profile is { Out.IsTerminal: true, Capabilities: { Ansi: true, Interactive: true } }
            ? DrawAsync(snapshots, cancellationToken)
            : PrintAsync(snapshots, cancellationToken);

    private Task<JobView> DrawAsync(IAsyncEnumerable<JobView> snapshots, CancellationToken cancellationToken) =>
        console
            .Progress()
            .Columns(
                new ProgressBarColumn(),
                new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left }
            )
            .StartAsync(async screen =>
            {
                JobView? last = null;
                var bar = screen.AddTask("queued");
                await foreach (var job in snapshots.WithCancellation(cancellationToken))
                {
                    var progress = job.Progress;
                    bar.MaxValue = progress.Total;
                    bar.Value = progress.Succeeded + progress.Failed;
                    bar.Description =
                        $"[green]{progress.Succeeded} succeeded[/]  [red]{progress.Failed} failed[/]  "
                        + $"{progress.Pending} pending  [grey]{Rate(progress):0}/s[/]";
                    last = job;
                }

                return last!;
            });

    private async Task<JobView> PrintAsync(IAsyncEnumerable<JobView> snapshots, CancellationToken cancellationToken)
    {
        JobView? last = null;
        long? printed = null;
        await foreach (var job in snapshots.WithCancellation(cancellationToken))
        {
            last = job;
            if (job.FinishedAt is null && printed is { } at && time.GetElapsedTime(at) < LineInterval)
                continue;
            printed = time.GetTimestamp();
            var progress = job.Progress;
            await console.Profile.Out.Writer.WriteLineAsync(
                $"{progress.Succeeded} succeeded, {progress.Failed} failed, {progress.Pending} pending, "
                    + $"{Rate(progress):0}/s"
            );
        }

        return last!;
    }

    private double Rate(JobProgress progress) =>
        (progress.Succeeded + progress.Failed) / Math.Max(time.GetElapsedTime(_begun).TotalSeconds, 0.001);
}
