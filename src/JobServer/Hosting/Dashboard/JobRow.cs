using JobServer.Jobs;
using JobServer.Ledger;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>One job in the table.</summary>
internal static class JobRow
{
    private const int LanesShown = 8;

    public static Markup Render(JobsView view, Job job)
    {
        var id = job.Key.Id;
        var self = view.Places.Root + JobLinks.PathOf(id);
        var state = job.State.ToText();
        var age = Wording.Ago(view.Now - job.CreatedAt);
        var created = Wording.Utc(job.CreatedAt);
        return Html(
            $"""
            <tr id="job-{id}">
            <th scope="row"><a class="ledger-id" data-focus="{id}" href="{self}" title="{id}">{Wording.ShortId(id)}</a>
            <span class="ledger-kind">{job.Kind}</span>{Tags(view, job)}</th>
            <td><span class="ledger-state ledger-{state}">{Wording.State(state)}</span></td>
            <td>{JobProgressBar.Render(job)}</td>
            <td class="number">{SuccessRate(job)}</td>
            <td class="number">{Time(view, job)}</td>
            <td>{JobErrorList.Render(view, job)}</td>
            <td>{Lanes(view, job)}</td>
            <td class="ledger-nowrap"><time datetime="{job.CreatedAt.UtcDateTime:O}" title="{created}">{age}</time></td>
            <td>{Results(view, job)}</td>
            {(view.IsReadOnly ? default : Html($"<td>{JobActions.Buttons(view, job)}</td>"))}
            </tr>
            """
        );
    }

    private static Markup Results(JobsView view, Job job)
    {
        var id = job.Key.Id;
        var links = JobLinks.Of(id, view.KindsWithReport.Contains(job.Kind));
        var results = view.Places.Root + links.Results;
        var report = links.Report is null
            ? default
            : Html(
                $"""<a data-focus="{id}-report" href="{view.Places.Root + links.Report}" aria-label="Report of {id}">report</a> """
            );
        return Html(
            $"""{report}<a data-focus="{id}-results" href="{results}" aria-label="Results of {id}">results</a>"""
        );
    }

    private static Markup Tags(JobsView view, Job job) => Join(job.Tags.Select(tag => Tag(view, tag)));

    private static Markup Tag(JobsView view, string tag)
    {
        var page = view.Places.Page(view.Query with { Tag = tag, Before = null });
        return Html($""" <a class="ledger-tag" href="{page}">{tag}</a>""");
    }

    private static string SuccessRate(Job job)
    {
        var recorded = job.Succeeded + job.Failed;
        return recorded == 0 ? "–" : Wording.Percent(job.Succeeded, recorded);
    }

    private static Markup Time(JobsView view, Job job)
    {
        if (job.StartedAt is not { } started)
            return Html($"–");
        var duration = (job.FinishedAt ?? view.Now) - started;
        // The database's clock may be ahead of ours.
        if (duration < TimeSpan.Zero)
            duration = TimeSpan.Zero;
        var items = job.Succeeded + job.Failed;
        var rate = items == 0 ? "" : Wording.PerSecond(items, duration);
        return Html($"""{Wording.Duration(duration)}<span class="ledger-rate">{rate}</span>""");
    }

    private static Markup Lanes(JobsView view, Job job)
    {
        var lanes = view.Lanes[job.Key.Id].ToList();
        // Hangfire has forgotten them by then: a link would lead to nothing.
        var areKept = job.FinishedAt is not { } finished || view.Now - finished < view.LanesKeptFor;
        var links = lanes.Take(LanesShown).Select(lane => Lane(view, job, lane.Lane, lane.HangfireJobId, areKept));
        var more = lanes.Count > LanesShown ? $"+{lanes.Count - LanesShown}" : "";
        return Html($"""<span class="ledger-lanes">{Join(links)}{more}</span>""");
    }

    private static Markup Lane(JobsView view, Job job, int lane, long hangfireJobId, bool isKept)
    {
        var number = lane + 1;
        if (!isKept)
            return Html($"""<span title="Hangfire no longer keeps it">{number}</span> """);
        var id = job.Key.Id;
        var page = view.Places.HangfireJob(hangfireJobId);
        var title = $"Lane {number} of {job.Lanes}: Hangfire job #{hangfireJobId}";
        return Html(
            $"""<a data-focus="{id}-lane-{lane}" href="{page}" title="{title}" aria-label="{title}">{number}</a> """
        );
    }
}
