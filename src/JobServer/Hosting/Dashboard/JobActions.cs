using JobServer.Access;
using JobServer.Jobs;
using JobServer.Ledger;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Hosting.Dashboard;

/// <summary>What was done, or why not, in words for the visitor.</summary>
internal readonly record struct ActionAnswer(int Status, string Text);

/// <summary>Pause, resume, cancel and retry, from the page.</summary>
internal static class JobActions
{
    public static Markup Buttons(JobsView view, Job job) =>
        Join([
            CanPause(job) ? Button(view, job, "pause", "Pause", null) : default,
            job.State == JobState.Paused ? Button(view, job, "resume", "Resume", null) : default,
            CanCancel(job)
                ? Button(view, job, "cancel", "Cancel", "Cancel this job? Items done so far stay.")
                : default,
            CanRetry(job) ? Button(view, job, "retry", "Retry", null) : default,
        ]);

    public static async Task<ActionAnswer> PauseAsync(
        Guid id,
        Caller caller,
        IServiceProvider services,
        CancellationToken cancellationToken
    ) =>
        await services.GetRequiredService<JobPause>().PauseAsync(caller.Job(id), cancellationToken) switch
        {
            null => NoSuchJob(id),
            JobState.Paused => Done($"Job {Wording.ShortId(id)} is paused."),
            { } state => Refused($"Job {Wording.ShortId(id)} is {state.ToText()}: there is nothing left to hold."),
        };

    public static async Task<ActionAnswer> ResumeAsync(
        Guid id,
        Caller caller,
        IServiceProvider services,
        CancellationToken cancellationToken
    ) =>
        await services.GetRequiredService<JobPause>().ResumeAsync(caller.Job(id), cancellationToken) switch
        {
            null => NoSuchJob(id),
            { } state when state.IsFinished() || state == JobState.Cancelling => Refused(
                $"Job {Wording.ShortId(id)} is {state.ToText()}: it does not go on."
            ),
            _ => Done($"Job {Wording.ShortId(id)} goes on."),
        };

    public static async Task<ActionAnswer> CancelAsync(
        Guid id,
        Caller caller,
        IServiceProvider services,
        CancellationToken cancellationToken
    ) =>
        await services.GetRequiredService<JobEnd>().CancelAsync(caller.Job(id), cancellationToken) switch
        {
            null => NoSuchJob(id),
            JobState.Cancelled => Done($"Job {Wording.ShortId(id)} is cancelled."),
            JobState.Cancelling => Done($"Job {Wording.ShortId(id)} is being cancelled."),
            { } state => Refused($"Job {Wording.ShortId(id)} has ended already: it is {state.ToText()}."),
        };

    public static async Task<ActionAnswer> RetryAsync(
        Guid id,
        Caller caller,
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        var jobs = services.GetRequiredService<JobStore>();
        if (await jobs.FindAsync(caller.Job(id), cancellationToken) is not { } job)
            return NoSuchJob(id);
        var answer = await services
            .GetRequiredService<JobRetry>()
            .AcceptAsync(job, RetrySelection.Unsuccessful, caller, request: null, cancellationToken);
        return answer.Job is { } successor
            ? Done($"Job {Wording.ShortId(successor.Id)} runs what did not succeed.")
            : Refused($"Job {Wording.ShortId(id)}: {answer.Refusal?.ProblemDetails.Detail}");
    }

    private static bool CanPause(Job job) => job.State is JobState.Scheduled or JobState.Queued or JobState.Running;

    private static bool CanCancel(Job job) => !job.State.IsFinished() && job.State != JobState.Cancelling;

    private static bool CanRetry(Job job) => job.State.IsFinished() && job.Succeeded < job.Total;

    private static Markup Button(JobsView view, Job job, string action, string text, string? question)
    {
        var id = job.Key.Id;
        var address = view.Places.Action(id, action);
        return Html(
            $"""
            <button type="button" class="btn btn-default btn-xs" data-focus="{id}-{action}" data-action="{address}"
                data-question="{question}" aria-label="{text} {id}">{text}</button>
            """
        );
    }

    private static ActionAnswer Done(string text) => new(StatusCodes.Status200OK, text);

    private static ActionAnswer Refused(string text) => new(StatusCodes.Status409Conflict, text);

    private static ActionAnswer NoSuchJob(Guid id) =>
        new(StatusCodes.Status404NotFound, $"There is no job {Wording.ShortId(id)}.");
}
