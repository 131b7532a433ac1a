using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using JobServer.Ledger;
using JobServer.Queues;

namespace JobServer.Schedules;

/// <summary>
/// What Hangfire invokes for a recurring job: only the signal to look. Which times are due is computed here, for Hangfire
/// replaces a time it missed by the current one.
/// </summary>
internal sealed class ScheduleTick(DueTimes dueTimes)
{
    /// <summary>Sees to what is due. Stored in Hangfire with its first argument; a failed one is made good by the next.</summary>
    [Queue(QueueOptions.System)]
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    [ForgottenSoon]
    public Task Tick(string schedule, CancellationToken shutdown) =>
        dueTimes.SeeToAsync(ScheduleKey.Parse(schedule), shutdown);

    /// <summary>A tick each second would leave 86,400 rows a day behind.</summary>
    private sealed class ForgottenSoonAttribute : JobFilterAttribute, IApplyStateFilter
    {
        private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction) =>
            context.JobExpirationTimeout = Kept;

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction) { }
    }
}
