using JobServer.Ledger;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>Links that narrow the page down; each is an address to keep or to send.</summary>
internal static class JobsFilters
{
    public static Markup Render(JobsView view)
    {
        var query = view.Query with { Before = null };
        var states = JobStates.All.Select(text =>
            Link(view, query with { State = JobStates.Parse(text) }, Wording.State(text))
        );
        var kinds = view.Kinds.Select(kind => Link(view, query with { Kind = kind }, kind));
        return Html(
            $"""
            <nav class="ledger-filters" aria-label="Filters">
            <ul aria-label="State">{Link(view, query with { State = null }, "all states")}{Join(states)}</ul>
            <ul aria-label="Kind">{Link(view, query with { Kind = null }, "all kinds")}{Join(kinds)}</ul>
            {Tag(view, query)}
            </nav>
            """
        );
    }

    private static Markup Link(JobsView view, JobsQuery target, string text)
    {
        var page = view.Places.Page(target);
        return target == view.Query with { Before = null }
            ? Html($"""<li><a href="{page}" class="active" aria-current="true">{text}</a></li>""")
            : Html($"""<li><a href="{page}">{text}</a></li>""");
    }

    private static Markup Tag(JobsView view, JobsQuery query)
    {
        if (query.Tag is not { } tag)
            return default;
        var any = view.Places.Page(query with { Tag = null });
        return Html(
            $"""
            <ul aria-label="Tag"><li>tag <span class="ledger-tag">{tag}</span></li><li><a href="{any}">any tag</a></li></ul>
            """
        );
    }
}
