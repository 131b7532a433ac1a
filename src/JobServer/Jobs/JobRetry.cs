using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Repeats items of jobs of one kind; registered under the kind's name.</summary>
internal interface IJobRetry
{
    /// <summary>The new job, with the same options; null when no item is selected.</summary>
    /// <exception cref="ItemsErasedException">Items that never ran cannot be read any more.</exception>
    Task<Acceptance?> AcceptAsync(
        Job job,
        RetrySelection selection,
        Origin origin,
        CancellationToken cancellationToken
    );
}

/// <summary>What a job read its items from is gone.</summary>
internal sealed class ItemsErasedException(string message) : Exception(message);

/// <summary>Makes a new job of items of a finished one.</summary>
internal sealed class JobRetry(IServiceProvider services, JobKinds kinds)
{
    public async Task<Acceptance> AcceptAsync(
        Job job,
        RetrySelection selection,
        Caller caller,
        RepeatableRequest? request,
        CancellationToken cancellationToken
    )
    {
        if (!job.State.IsFinished())
            return Refused($"The job is {job.State.ToText()}; only a finished one can be retried.");
        if (services.GetKeyedService<IJobRetry>(job.Kind) is not { } retry)
            return Refused($"This server does not know jobs of kind {job.Kind}.");
        if (!caller.Has(kinds.Get(job.Kind).Scope))
            return Acceptance.Refused(Problems.ScopeNeeded(kinds.Get(job.Kind).Scope));
        try
        {
            var origin = Origin.Of(caller) with { RetryOf = job.Key.Id, Request = request };
            return await retry.AcceptAsync(job, selection, origin, cancellationToken)
                ?? Refused(
                    selection == RetrySelection.Unsuccessful
                        ? "Every item of the job succeeded: there is nothing to retry."
                        : "No item of the job is selected: there is nothing to retry."
                );
        }
        catch (ItemsErasedException erased)
        {
            return Refused(erased.Message);
        }
    }

    private static Acceptance Refused(string sentence) => Acceptance.Refused(Problems.WrongState(sentence));
}
