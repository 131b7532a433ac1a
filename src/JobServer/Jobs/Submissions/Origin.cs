using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Jobs.Submissions;

/// <summary>Where a submission comes from.</summary>
/// <param name="Tenant">Whose job it is.</param>
/// <param name="Actor">Who makes it.</param>
internal sealed record Origin(string Tenant, Actor Actor)
{
    /// <summary>A client, by a request that is not to be repeated.</summary>
    public static Origin Of(Caller caller) => new(caller.Tenant, caller.Actor);

    /// <summary>The schedule itself.</summary>
    public static Origin Of(ScheduleKey schedule) => new(schedule.Tenant, new Actor($"schedule {schedule.Id}"));

    /// <summary>The request, where it may be sent again.</summary>
    public RepeatableRequest? Request { get; init; }

    /// <summary>The job whose items it repeats.</summary>
    public Guid? RetryOf { get; init; }

    /// <summary>The schedule it is made by.</summary>
    public ScheduledRun? Run { get; init; }

    /// <summary>It waits until then.</summary>
    public DateTimeOffset? NotBefore { get; init; }
}
