using JobServer.Ledger;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>How far a job is. Drawn by SVG attributes: widths as styles would need a page that allows them inline.</summary>
internal static class JobProgressBar
{
    public static Markup Render(Job job)
    {
        var (succeeded, failed) = (Wording.Count(job.Succeeded), Wording.Count(job.Failed));
        var (pending, total) = (Wording.Count(job.Pending), Wording.Count(job.Total));
        var rest = job.State.IsFinished() ? "not run" : "pending";
        var text = $"{succeeded} succeeded, {failed} failed, {pending} {rest} of {total}";
        var red = Share(job.Failed, job.Total);
        var green = Math.Min(Share(job.Succeeded, job.Total), 100 - red);
        var failures = job.Failed == 0 ? default : Html($""" · <span class="ledger-failures">{failed} failed</span>""");
        var left = job.Pending == 0 ? default : Html($" · {pending} {rest}");
        return Html(
            $"""
            <svg class="ledger-progress" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="{text}">
            <rect class="succeeded" width="{green:0.##}" height="1"/>
            <rect class="failed" x="{green:0.##}" width="{red:0.##}" height="1"/>
            </svg>
            <span class="ledger-counts">{succeeded} of {total}{failures}{left}</span>
            """
        );
    }

    // What there is at all should be seen.
    private static double Share(int part, int whole) => part == 0 ? 0 : Math.Max(part * 100.0 / whole, 1);
}
