using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Repeats items of jobs of one kind; registered under the kind's name.</summary>
internal interface IJobRetry
{
    /// <summary>The new job, with the same options; null when every item succeeded, or what they were read from is gone.</summary>
    Task<JobKey?> AcceptAsync(Job job, CancellationToken cancellationToken);
}

/// <summary>Makes a new job of those items of a finished one that did not succeed.</summary>
internal sealed class JobRetry(IServiceProvider services)
{
    /// <inheritdoc cref="IJobRetry.AcceptAsync"/>
    public Task<JobKey?> AcceptAsync(Job job, CancellationToken cancellationToken) =>
        services.GetRequiredKeyedService<IJobRetry>(job.Kind).AcceptAsync(job, cancellationToken);
}
