using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo.Fetch;

/// <summary>What came of each kind of page, and the errors as the server groups them.</summary>
internal static class FetchSummary
{
    public static void Write(IAnsiConsole console, FetchPlan plan, FetchCheck check, ErrorPage errors)
    {
        console.WriteLine();
        console.Write(Outcomes(plan, check));
        console.Write(Errors(errors));
    }

    private static Table Outcomes(FetchPlan plan, FetchCheck check)
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
                DemoSummary.Share(seen, expected)
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
}
