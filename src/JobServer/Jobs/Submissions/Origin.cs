using JobServer.Ledger;

namespace JobServer.Jobs.Submissions;

/// <summary>Where a submission comes from.</summary>
internal sealed record Origin
{
    /// <summary>A client, by a request that is not to be repeated.</summary>
    public static readonly Origin Client = new();

    /// <summary>The request, where it may be sent again.</summary>
    public RepeatableRequest? Request { get; init; }

    /// <summary>The job whose items it repeats.</summary>
    public Guid? RetryOf { get; init; }

    /// <summary>The schedule it is made by.</summary>
    public ScheduledRun? Run { get; init; }

    /// <summary>It waits until then.</summary>
    public DateTimeOffset? NotBefore { get; init; }
}
