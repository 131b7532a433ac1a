using JobServer.Jobs;
using JobServer.Ledger;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>What went wrong in a job: its own error, then the largest groups of its items'.</summary>
internal static class JobErrorList
{
    public static Markup Render(JobsView view, Job job)
    {
        view.Errors.TryGetValue(job.Key.Id, out var errors);
        if (job.Error is null && errors is null)
            return default;
        var own = job.Error is { } error
            ? Html($"""<li title="{error.Detail}"><code>{error.Code}</code> of the job</li>""")
            : default;
        var groups = Join((errors?.Largest ?? []).Select(Group));
        var more = errors is null ? 0 : errors.Groups - errors.Largest.Count;
        return Html($"""<ul class="ledger-errors">{own}{groups}{(more == 0 ? default : More(view, job, more))}</ul>""");
    }

    private static Markup Group(ErrorCount error)
    {
        var at = error.Host is null ? default : Html($""" <span class="ledger-at">at {error.Host}</span>""");
        return Html($"<li><code>{error.Code}</code> × {Wording.Count(error.Count)}{at}</li>");
    }

    private static Markup More(JobsView view, Job job, int more)
    {
        var all = view.Places.Root + JobLinks.Of(job.Key.Id).Errors;
        return Html($"""<li><a data-focus="{job.Key.Id}-errors" href="{all}">+{Wording.Count(more)} more</a></li>""");
    }
}
