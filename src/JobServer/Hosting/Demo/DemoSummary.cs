using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary>What came of it, and whether that is what had to come of it.</summary>
internal static class DemoSummary
{
    private const int DifferencesShown = 10;

    public static void Write(IAnsiConsole console, DemoPlan plan, OutcomeCheck check, JobView job, ErrorPage errors)
    {
        console.WriteLine();
        console.Write(Outcomes(plan, check));
        console.Write(Errors(errors));
        WriteLines(console, plan, check, job);
    }

    private static Table Outcomes(DemoPlan plan, OutcomeCheck check)
    {
        var table = new Table().SimpleBorder();
        table.AddColumns("page", "answers", "must come to");
        table.AddColumn(new TableColumn("as expected").RightAligned());
        foreach (var page in plan.Items.GroupBy(item => item.Page).OrderByDescending(page => page.Count()))
        {
            var (expected, seen) = (page.Count(), check.AsExpected(page.Key));
            table.AddRow(
                Markup.Escape(page.Key),
                Markup.Escape(page.First().Answer),
                page.First().Expected.ToString(),
                $"[{(seen == expected ? "green" : "red")}]{seen} of {expected}[/]"
            );
        }

        return table;
    }

    private static Table Errors(ErrorPage errors)
    {
        var table = new Table().SimpleBorder();
        table.AddColumns("error", "host");
        table.AddColumn(new TableColumn("items").RightAligned());
        table.AddColumn("detail of the first");
        foreach (var group in errors.Data)
        {
            table.AddRow(
                Markup.Escape(group.Code),
                Markup.Escape(group.Host ?? ""),
                $"{group.Count}",
                Markup.Escape(group.Sample.Detail ?? "")
            );
        }

        return table;
    }

    private static void WriteLines(IAnsiConsole console, DemoPlan plan, OutcomeCheck check, JobView job)
    {
        var progress = job.Progress;
        var took = (job.FinishedAt ?? job.CreatedAt) - job.CreatedAt;
        console.MarkupLine(
            $"The job ended {job.State}: {progress.Succeeded} of {progress.Total} items succeeded "
                + $"({progress.SuccessRate:P1}) in {took.TotalSeconds:0.0} s."
        );
        if (check.Differences.Count == 0)
        {
            console.MarkupLine($"[green]All {plan.Items.Count} outcomes are as expected.[/]");
            return;
        }

        console.MarkupLine($"[red]{check.Differences.Count} things are not as expected:[/]");
        // Not by the console's own means, which would break long lines.
        foreach (var difference in check.Differences.Take(DifferencesShown))
            console.Profile.Out.Writer.WriteLine($"  {difference}");
        if (check.Differences.Count > DifferencesShown)
            console.WriteLine($"  … and {check.Differences.Count - DifferencesShown} more");
    }
}
