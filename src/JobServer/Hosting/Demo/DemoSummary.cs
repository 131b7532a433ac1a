using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary>How a job ended, and whether that is how it had to end.</summary>
internal static class DemoSummary
{
    private const int DifferencesShown = 10;

    /// <summary>How many of some outcomes are as expected, as a cell of a table.</summary>
    public static string Share(int seen, int expected) =>
        $"[{(seen == expected ? "green" : "red")}]{seen} of {expected}[/]";

    public static void Write(IAnsiConsole console, JobView job, Differences differences)
    {
        var progress = job.Progress;
        var took = (job.FinishedAt ?? job.CreatedAt) - job.CreatedAt;
        console.MarkupLine(
            $"The job ended {job.State}: {progress.Succeeded} of {progress.Total} items succeeded "
                + $"({progress.SuccessRate:P1}) in {took.TotalSeconds:0.0} s."
        );
        if (differences.Count == 0)
        {
            console.MarkupLine($"[green]All {progress.Total} outcomes are as expected.[/]");
            return;
        }

        console.MarkupLine($"[red]{differences.Count} things are not as expected:[/]");
        // Not by the console's own means, which would break long lines.
        foreach (var difference in differences.Take(DifferencesShown))
            console.Profile.Out.Writer.WriteLine($"  {difference}");
        if (differences.Count > DifferencesShown)
            console.WriteLine($"  … and {differences.Count - DifferencesShown} more");
    }
}
