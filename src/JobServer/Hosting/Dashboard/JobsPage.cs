using Hangfire.Dashboard;
using Hangfire.Dashboard.Pages;

namespace JobServer.Hosting.Dashboard;

/// <summary>Our jobs, newest first, inside the dashboard's frame.</summary>
internal sealed class JobsPage(JobsView view) : RazorPage
{
    public override void Execute()
    {
        Layout = new LayoutPage("Jobs");
        WriteLiteral(
            Markup
                .Html(
                    $"""
                    <div id="ledger">
                    <h1 id="page-title" class="page-header">Jobs</h1>
                    <div class="ledger-bar">
                    {JobsFilters.Render(view)}
                    <button type="button" id="ledger-toggle" class="btn btn-default btn-sm" aria-pressed="true"
                        aria-controls="ledger-jobs">Live</button>
                    </div>
                    <p id="ledger-note" role="status"></p>
                    <div id="ledger-jobs" data-source="{view.Places.Table(view.Query)}">{JobsTable.Render(view)}</div>
                    </div>
                    """
                )
                .ToString()
        );
    }
}

/// <summary>The part of the page that changes, alone.</summary>
internal sealed class JobsTablePage(JobsView view) : RazorPage
{
    public override void Execute() => WriteLiteral(JobsTable.Render(view).ToString());
}
