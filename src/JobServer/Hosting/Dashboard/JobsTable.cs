using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>The table of jobs, or what to do when there is none.</summary>
internal static class JobsTable
{
    public static Markup Render(JobsView view) =>
        view.Jobs.Count > 0 ? Html($"{Table(view)}{Pager(view)}")
        : view.Query.HasFilter || view.Query.Before is not null ? NoMatch(view)
        : FirstJob(view);

    private static Markup Table(JobsView view) =>
        Html(
            $"""
            <div class="table-responsive"><table class="table ledger-table" aria-labelledby="page-title">
            <thead><tr>
            <th scope="col">Job</th><th scope="col">State</th><th scope="col">Progress</th>
            <th scope="col" class="number">Success</th><th scope="col" class="number">Time</th>
            <th scope="col">Errors</th><th scope="col">Lanes</th><th scope="col">Created</th><th scope="col">Results</th>
            {(view.IsReadOnly ? default : Html($"""<th scope="col">Actions</th>"""))}
            </tr></thead>
            <tbody>{Join(view.Jobs.Select(job => JobRow.Render(view, job)))}</tbody>
            </table></div>
            """
        );

    private static Markup Pager(JobsView view)
    {
        if (!view.HasOlder && view.Query.Before is null)
            return default;
        var newest = view.Query.Before is null ? default : Link(view, view.Query with { Before = null }, "Newest");
        var older = view.HasOlder ? Link(view, view.Query with { Before = view.Jobs[^1].Key.Id }, "Older") : default;
        return Html($"""<nav class="ledger-pager" aria-label="Pages">{newest} {older}</nav>""");
    }

    private static Markup Link(JobsView view, JobsQuery query, string text) =>
        Html($"""<a class="btn btn-default btn-sm" data-focus="{text}" href="{view.Places.Page(query)}">{text}</a>""");

    private static Markup NoMatch(JobsView view) =>
        Html(
            $"""
            <div class="ledger-empty"><p>No job matches.
            <a href="{view.Places.Page(new JobsQuery(null, null, null, null))}">Show all jobs</a></p></div>
            """
        );

    private static Markup FirstJob(JobsView view) =>
        Html(
            $"""
            <div class="ledger-empty"><p>No jobs yet. Submit the first one:</p>
            <pre tabindex="0">curl {view.Places.Origin}/v1/jobs/fetch \
              -H 'Content-Type: application/json' \
              -d '{"{"}"urls": ["https://example.org/"]{"}"}'</pre>
            <p>It shows up here by itself. All that can be asked for:
            <a href="{view.Places.Root}/scalar">the API's reference</a>.</p></div>
            """
        );
}
